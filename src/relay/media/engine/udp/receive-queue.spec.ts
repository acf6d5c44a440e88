import { expect, it, vi } from 'vitest';
import { enqueue, handOn, handOnLater, readInto, type Receiver } from './receive-queue.js';

const from = { address: '192.0.2.1', port: 5 };

function receiver(onDatagram: (word: string) => void = () => undefined) {
  const heard: string[] = [];
  const owner: Receiver['owner'] = {
    onDatagram: ({ bytes }) => {
      heard.push(bytes.toString());
      onDatagram(bytes.toString());
    },
    onError: (error) => {
      throw error;
    },
    counters: { received: 0, truncated: 0 },
  };
  const one: Receiver = { id: 1, isClosed: false, owner, address: '', port: 0, batch: undefined!, send: () => true };
  return { one, heard };
}

it.each([
  ['port 0', { address: '192.0.2.1', port: 0 }, 'x'],
  ['port 0 over IPv6', { address: '2001:db8::1', port: 0 }, 'x'],
  ['a link-local address', { address: 'fe80::1%eth0', port: 5 }, 'x'],
  ['a link-local address without a zone', { address: 'fe80::1', port: 5 }, 'x'],
  ['nothing at all to say', from, ''],
])('drops what comes from %s', (_, remote, word) => {
  const { one, heard } = receiver();
  enqueue(one, Buffer.from(word), remote);
  enqueue(one, Buffer.from('good'), from);
  handOn();
  expect(heard).toEqual(['good']);
  expect(one.owner.counters.received).toBe(1);
});

it('hands on what is read within a handler once that has returned, before what comes later', () => {
  const { one, heard } = receiver((word) => {
    if (word !== 'first') return;
    enqueue(one, Buffer.from('within'), from);
    handOnLater();
    expect(heard).toEqual(['first']);
  });
  enqueue(one, Buffer.from('first'), from);
  enqueue(one, Buffer.from('second'), from);
  handOn();
  expect(heard).toEqual(['first', 'second', 'within']);
});

it('hands on what was read outside of a handler, even when nothing comes later', async () => {
  const { one, heard } = receiver();
  enqueue(one, Buffer.from('alone'), from);
  handOnLater();
  expect(heard).toEqual([]);
  await vi.waitFor(() => expect(heard).toEqual(['alone']));
});

it('leaves in the kernel what finds no room', () => {
  const { one } = receiver();
  const asked: number[] = [];
  const flood = (_: bigint, most: number) => asked.push(most) && most;
  while (readInto(one, flood, 200) > 0);
  expect(asked).toEqual([200, 200, 112]);
  handOn();
  expect(readInto(one, flood, 200)).toBe(200);
  handOn();
});

it('hands on nothing for a socket that was closed meanwhile, but all that is for others', () => {
  const [{ one: closed, heard: never }, { one, heard }] = [receiver(), receiver()];
  enqueue(closed, Buffer.from('x'), from);
  enqueue(one, Buffer.from('y'), from);
  Object.assign(closed, { isClosed: true });
  handOn();
  expect(never).toEqual([]);
  expect(heard).toEqual(['y']);
});
