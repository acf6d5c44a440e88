import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DtlsSide, dtlsPair, join, settle } from '../../../../../test/support/dtls-pair.js';
import { openHandles } from '../native/handle.js';
import { Certificate } from './certificate.js';

const REST_AFTER_MS = 30_000;

let handles = 0;
let pair: ReturnType<typeof dtlsPair>;
let clients: DtlsSide[] = [];

beforeEach(async () => {
  handles = openHandles();
  pair = dtlsPair();
  clients = [];
  pair.client.transport.start();
  await settle();
  expect(pair.server.transport.isConnected && pair.client.transport.isConnected).toBe(true);
});

afterEach(() => {
  expect([...pair.server.errors, ...pair.client.errors]).toEqual([]);
  for (const side of clients) side.transport.close();
  pair.server.free();
  pair.client.free();
  expect(openHandles()).toBe(handles);
});

/** The same peer after a new start: its certificate, and nothing else, is known. */
function sameClientAnew(certificate = pair.client.certificate): DtlsSide {
  const { server, clock } = pair;
  const client = new DtlsSide('client', certificate, server.certificate, clock);
  clients.push(client);
  join(server, client);
  return client;
}

async function wait(ms: number): Promise<void> {
  pair.clock.nowMs += ms;
  pair.server.transport.tick(pair.clock.nowMs);
  pair.client.transport.tick(pair.clock.nowMs);
  await settle(4);
}

/** An alert of epoch 1 that the peer did not write. */
function forgedAlert(): Buffer {
  return Buffer.concat([Buffer.from([21, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 9, 0, 26]), Buffer.alloc(26, 5)]);
}

describe.each(['while OpenSSL carries it', 'after OpenSSL was freed'])('a goodbye, %s', (state) => {
  beforeEach(async () => {
    if (state.startsWith('after')) await wait(REST_AFTER_MS);
  });

  it.each(['server', 'client'] as const)('of the %s ends the other side, once', async (role) => {
    const other = role === 'server' ? pair.client : pair.server;
    pair[role].takeSent();
    pair[role].transport.sayGoodbye();
    pair[role].transport.sayGoodbye();
    await settle();
    expect(other.closed).toEqual(['left']);
    expect(other.transport.isConnected).toBe(false);
    const [first, again] = pair[role].takeSent();
    expect(again).toEqual(first);
    expect(pair[role].closed).toEqual([]);
  });

  it.each(['server', 'client'] as const)('that does not authenticate does not end the %s', async (role) => {
    const { transport } = pair[role];
    transport.receive(forgedAlert());
    transport.receive(Buffer.from([21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 99, 0, 2, 2, 40]));
    transport.receive(Buffer.from([21, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 99, 0, 2, 1, 0]));
    transport.receive(Buffer.alloc(300, 21));
    await settle();
    expect(transport.isConnected).toBe(true);
    expect(pair[role].closed).toEqual([]);
  });

  it('is not said by one who was never connected, nor after the end', () => {
    const silent = sameClientAnew();
    silent.transport.sayGoodbye();
    pair.server.takeSent();
    pair.server.transport.close();
    pair.server.transport.sayGoodbye();
    expect([...silent.sent, ...pair.server.sent]).toEqual([]);
  });
});

describe('30 s after the handshake', () => {
  it('OpenSSL is freed on both sides', async () => {
    const before = openHandles();
    await wait(REST_AFTER_MS - 1);
    expect(openHandles()).toBe(before);
    await wait(1);
    expect(openHandles()).toBe(before - 2);
    expect(pair.server.transport.isConnected).toBe(true);
  });

  it('the last flight is sent again for a Finished, three times at most', async () => {
    const { server, clock } = pair;
    const client = sameClientAnew();
    const flights: Buffer[] = [];
    clock.nowMs += 1_000;
    client.wire = (datagram) => {
      flights.push(datagram);
      return [datagram];
    };
    // The second flight of the server is lost.
    server.wire = (datagram) => (datagram[0] === 20 ? [] : [datagram]);
    client.transport.start();
    await settle();
    expect([server.keys.length, client.transport.isConnected]).toEqual([2, false]);
    await wait(REST_AFTER_MS);
    server.takeSent();
    server.wire = (datagram) => [datagram];
    const finished = flights.at(-1)!;
    for (let time = 0; time < 5; time += 1) server.transport.receive(finished);
    await settle();
    expect(server.takeSent()).toHaveLength(3);
    expect(client.transport.isConnected).toBe(true);
    expect(client.keys[0]?.local).toEqual(server.keys[1]?.remote);
  });
});

describe('a new hello on a connected transport', () => {
  it.each([0, REST_AFTER_MS])(
    'begins a new association, which takes over when it is complete (%i ms later)',
    async (ms) => {
      const { server } = pair;
      await wait(ms + 1_000);
      const client = sameClientAnew();
      let held: Buffer | undefined;
      client.wire = (datagram) => {
        if (datagram[13] === 1) return [datagram];
        held = datagram;
        return [];
      };
      client.transport.start();
      await settle();
      // Half-way the old one still says goodbye, and is what is connected.
      expect(server.transport.isConnected).toBe(true);
      expect(server.keys).toHaveLength(1);
      server.transport.receive(held!);
      await settle();
      expect(server.keys).toHaveLength(2);
      expect(server.keys[1]?.remote).toEqual(client.keys[0]?.local);
      expect(server.keys[1]?.remote).not.toEqual(server.keys[0]?.remote);
      expect(server.closed).toEqual([]);
      server.transport.sayGoodbye();
      await settle();
      expect(client.closed).toEqual(['left']);
    },
  );

  it('is told from a late copy of a former one', async () => {
    const { server, client } = pair;
    await wait(1_000);
    const hello = client.sent[0]!;
    const before = openHandles();
    server.takeSent();
    for (let time = 0; time < 3; time += 1) server.transport.receive(hello);
    await settle();
    expect([openHandles(), server.takeSent().length]).toEqual([before, 0]);
  });

  it('costs the old association nothing when it fails', async () => {
    const { server, client } = pair;
    await wait(1_000);
    const stranger = Certificate.create();
    const other = sameClientAnew(stranger);
    other.transport.start();
    await settle();
    expect(other.closed).toEqual(['left']);
    expect(server.keys).toHaveLength(1);
    expect([server.transport.isConnected, server.closed]).toEqual([true, []]);
    join(server, client);
    server.transport.sayGoodbye();
    await settle();
    expect(client.closed).toEqual(['left']);
    stranger.free();
  });

  it('replaces a handshake that a former hello began, not more than five times a second', async () => {
    const { server } = pair;
    await wait(1_000);
    const hellos = Array.from({ length: 18 }, () => {
      const client = sameClientAnew();
      client.wire = () => [];
      client.transport.start();
      return client.takeSent()[0]!;
    });
    const before = openHandles();
    server.takeSent();
    server.wire = () => [];
    for (const hello of hellos) {
      server.transport.receive(hello);
      await settle(2);
      pair.clock.nowMs += 50;
    }
    expect(server.takeSent().length).toBeLessThanOrEqual(5);
    expect(openHandles()).toBe(before + 1);
    await wait(30_000);
    // The old association rests by now, and the handshake beside it is given up.
    expect(openHandles()).toBe(before - 2);
  });

  it('replaces a handshake before the first is complete, too', async () => {
    const { clock } = pair;
    const server = new DtlsSide('server', pair.server.certificate, pair.client.certificate, clock);
    clients.push(server);
    const [first, second] = [sameClientAnew(), sameClientAnew()];
    join(server, first);
    server.wire = () => [];
    first.transport.start();
    await settle();
    expect(server.takeSent().length).toBeGreaterThan(0);
    server.wire = (datagram) => [datagram];
    clock.nowMs += 1_000;
    join(server, second);
    second.transport.start();
    await settle();
    expect([server.transport.isConnected, second.transport.isConnected]).toEqual([true, true]);
  });

  it('is nothing to a client', async () => {
    await wait(1_000);
    const hello = pair.client.sent[0]!;
    pair.client.takeSent();
    pair.client.transport.receive(hello);
    await settle();
    expect(pair.client.takeSent()).toEqual([]);
    expect(pair.client.transport.isConnected).toBe(true);
  });
});

describe('a repeated Finished', () => {
  it('is answered while OpenSSL carries the association', async () => {
    const { server, client } = pair;
    let dropped = 0;
    server.wire = (datagram) => (datagram[0] === 20 && dropped++ === 0 ? [] : [datagram]);
    pair.clock.nowMs += 1_000;
    const again = sameClientAnew();
    again.transport.start();
    await settle();
    expect(again.transport.isConnected).toBe(false);
    await new Promise((resolve) => setTimeout(resolve, 120));
    again.transport.tick(0);
    await settle();
    expect(again.transport.isConnected).toBe(true);
    expect(client.closed).toEqual([]);
  });
});

describe('close', () => {
  it('frees 2,000 handshakes that are half open, and nothing comes of what waits', async () => {
    const before = openHandles();
    const hello = sameClientAnew();
    hello.transport.start();
    const datagram = hello.sent[0]!;
    const { certificate } = pair.server;
    const sides = Array.from({ length: 2_000 }, () => new DtlsSide('server', certificate, [], pair.clock));
    for (const side of sides) side.transport.receive(datagram);
    for (let turn = 0; turn < 5_000 && openHandles() < before + 2_001; turn += 1) await settle(1);
    expect(openHandles()).toBe(before + 2_001);
    for (const side of sides) {
      side.transport.receive(datagram);
      side.transport.close();
      side.transport.close();
      side.transport.receive(datagram);
      side.transport.start();
      side.transport.tick(0);
    }
    await settle();
    expect(openHandles()).toBe(before + 1);
    for (const side of sides) expect([...side.closed, ...side.keys]).toEqual([]);
  });
});
