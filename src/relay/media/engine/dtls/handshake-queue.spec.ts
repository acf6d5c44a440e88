import { describe, expect, it } from 'vitest';
import { settle } from '../../../../../test/support/dtls-pair.js';
import { HandshakeQueue } from './handshake-queue.js';

class Inbox {
  isOpen = true;
  readonly taken: string[] = [];
  constructor(private readonly onTake: (text: string) => void = () => undefined) {}
  take(datagram: Buffer): void {
    this.taken.push(datagram.toString());
    this.onTake(datagram.toString());
  }
}

function add(queue: HandshakeQueue, inbox: Inbox, datagram: Buffer): void {
  queue.addDatagram(inbox, datagram, (copy) => inbox.take(copy));
}

function busy(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end;);
}

describe('the queue of handshakes', () => {
  it('serves first come, first served, from copies', async () => {
    const queue = new HandshakeQueue(() => undefined);
    const order: string[] = [];
    const inboxes = [new Inbox((text) => order.push(text)), new Inbox((text) => order.push(text))];
    const datagram = Buffer.from('0');
    for (let number = 0; number < 6; number += 1) {
      datagram.write(String(number));
      add(queue, inboxes[number % 2]!, datagram);
    }
    expect(order).toEqual([]);
    await settle();
    expect(order).toEqual(['0', '1', '2', '3', '4', '5']);
  });

  it('lets everything else have its turn after 2.5 ms', async () => {
    const queue = new HandshakeQueue(() => undefined);
    const inbox = new Inbox(() => busy(1));
    for (let number = 0; number < 12; number += 1) add(queue, inbox, Buffer.from('x'));
    await settle(1);
    expect(queue.length).toBeGreaterThanOrEqual(9);
    await settle();
    expect(queue.length).toBe(0);
    expect(inbox.taken).toHaveLength(12);
  });

  it('holds 32 kB of one peer and 4 MB of all', async () => {
    const queue = new HandshakeQueue(() => undefined);
    const inboxes = Array.from({ length: 200 }, () => new Inbox());
    for (const inbox of inboxes) for (let time = 0; time < 40; time += 1) add(queue, inbox, Buffer.alloc(1024));
    expect(queue.length).toBe(4096);
    await settle(200);
    expect(inboxes.map(({ taken }) => taken.length)).toEqual([
      ...Array<number>(128).fill(32),
      ...Array<number>(72).fill(0),
    ]);
    add(queue, inboxes[0]!, Buffer.alloc(1024));
    await settle();
    expect(inboxes[0]?.taken).toHaveLength(33);
  });

  it('counts a small datagram for more than it has, because to keep and to serve it costs no less', async () => {
    const queue = new HandshakeQueue(() => undefined);
    const inbox = new Inbox();
    for (let time = 0; time < 200; time += 1) add(queue, inbox, Buffer.from('x'));
    expect(queue.length).toBe(128);
    await settle();
    for (let time = 0; time < 200; time += 1) add(queue, inbox, Buffer.from('x'));
    expect(queue.length).toBe(128);
    await settle();
  });

  it('never drops what an owner does by itself', async () => {
    const queue = new HandshakeQueue(() => undefined);
    const inbox = new Inbox();
    for (let time = 0; time < 40; time += 1) add(queue, inbox, Buffer.alloc(1024));
    queue.add(inbox, () => inbox.take(Buffer.from('own')));
    await settle();
    expect(inbox.taken).toHaveLength(33);
    expect(inbox.taken.at(-1)).toBe('own');
  });

  it('passes over who has closed', async () => {
    const queue = new HandshakeQueue(() => undefined);
    const other = new Inbox();
    const closer = new Inbox(() => {
      other.isOpen = false;
    });
    for (const inbox of [closer, other]) add(queue, inbox, Buffer.from('x'));
    await settle();
    expect([closer.taken.length, other.taken.length]).toEqual([1, 0]);
  });

  it('tells of an exception and serves the others', async () => {
    const errors: unknown[] = [];
    const queue = new HandshakeQueue((error) => errors.push(error));
    const bad = new Inbox(() => {
      throw new Error('bad');
    });
    const good = new Inbox();
    for (const inbox of [bad, good]) add(queue, inbox, Buffer.from('x'));
    await settle();
    expect(errors).toEqual([new Error('bad')]);
    expect(good.taken).toEqual(['x']);
  });
});
