import type { RemoteInfo } from 'node:dgram';
import { expect, it, vi } from 'vitest';
import { arenaBytes } from '../native/memory.js';
import { writeSockaddr } from './address.js';
import { Inbox, type Source } from './inbox.js';
import { RECEIVE_SLOTS, type ReceiveSlots } from './receive-slots.js';

const from = (address = '192.0.2.1', port = 5): RemoteInfo => ({ address, port, family: 'IPv4', size: 1 });

/** A socket at which so many datagrams wait. */
function source(waiting = 0): Source {
  let left = waiting;
  const read = (slots: ReceiveSlots) => {
    const count = Math.min(left, RECEIVE_SLOTS);
    left -= count;
    for (let index = 0; index < count; index += 1) {
      writeSockaddr(arenaBytes, slots.nameAt(index), from());
      vi.spyOn(slots, 'bytesOf').mockImplementation(() => Buffer.from('waited'));
    }
    return count;
  };
  return { id: 1, isClosed: false, read, address: '', port: 0, batch: undefined!, send: () => true, drain: () => {} };
}

function inbox(onDatagram: (word: string) => void = () => {}) {
  const heard: string[] = [];
  const made = new Inbox({
    onDatagram: ({ bytes }) => {
      heard.push(bytes.toString());
      onDatagram(bytes.toString());
    },
    onError: (error) => {
      throw error;
    },
  });
  return { made, heard };
}

it.each([
  ['port 0', from('192.0.2.1', 0), 'x'],
  ['port 0 over IPv6', from('2001:db8::1', 0), 'x'],
  ['a link-local address', from('fe80::1%eth0'), 'x'],
  ['a link-local address without a zone', from('fe80::1'), 'x'],
  ['nothing at all to say', from(), ''],
])('drops what comes from %s', (_, remote, word) => {
  const { made, heard } = inbox();
  made.accept(source(), Buffer.from(word), remote);
  made.accept(source(), Buffer.from('good'), from());
  expect(heard).toEqual(['good']);
  expect(made.received).toBe(1);
});

it('hands on what a handler put aside before what comes later', async () => {
  const waiting = source(40);
  const { made, heard } = inbox((word) => {
    if (word === 'first') while (made.receive(waiting) > 0);
  });
  made.accept(source(), Buffer.from('first'), from());
  expect(heard).toEqual(['first']);
  made.accept(source(), Buffer.from('later'), from());
  expect(heard).toEqual(['first', ...Array<string>(40).fill('waited'), 'later']);
});

it('hands on what was put aside when nothing comes later', async () => {
  const { made, heard } = inbox();
  made.readAside(source(3));
  expect(heard).toEqual([]);
  await vi.waitFor(() => expect(heard).toEqual(['waited', 'waited', 'waited']));
});

it('puts aside some thousands at most, and hands them on over several turns of the loop', async () => {
  const { made, heard } = inbox();
  const flood = source(10_000);
  let aside = 0;
  for (let count = made.readAside(flood); count > 0; count = made.readAside(flood)) aside += count;
  expect(aside).toBe(4096);
  let turns = 0;
  while (heard.length < aside) {
    await new Promise((resolve) => setImmediate(resolve));
    turns += 1;
  }
  expect(turns).toBeGreaterThan(3);
  expect(made.readAside(flood)).toBe(RECEIVE_SLOTS);
});

it('hands on nothing that was put aside once it is closed', async () => {
  const { made, heard } = inbox();
  made.readAside(source(3));
  made.close();
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(heard).toEqual([]);
});

it('keeps what one port hands on while another reads', async () => {
  const other = inbox();
  const { made, heard } = inbox(() => other.made.receive(source(2)));
  made.receive(source(2));
  expect(heard).toEqual(['waited', 'waited']);
  expect(other.heard).toEqual([]);
  await vi.waitFor(() => expect(other.heard).toHaveLength(4));
});
