import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { addressOf } from '../native/foreign.js';
import { arenaBytes } from '../native/memory.js';
import type { Incoming } from './incoming.js';
import { localAddresses, type LocalAddress } from './local-addresses.js';
import type { Route } from './route.js';
import type { SendBatch } from './send-batch.js';
import { UdpPort, type UdpPortOptions } from './udp-port.js';

const LOOK_MS = 20;
/** Containers are often without IPv6. */
const LOOPBACK = ['127.0.0.1', '::1'].filter((own) => localAddresses().some(({ address }) => address === own));
const open: { close(): void }[] = [];

afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

const loopback = (...addresses: string[]): LocalAddress[] => addresses.map((address) => ({ address, internal: true }));

async function client(address = '127.0.0.1', port = 0) {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  open.push(socket);
  socket.bind({ address, port });
  await once(socket, 'listening');
  socket.setRecvBufferSize(1 << 21);
  const heard: { bytes: Buffer; from: string; port: number }[] = [];
  socket.on('message', (bytes, remote) => heard.push({ bytes, from: remote.address, port: remote.port }));
  const words = () => heard.map(({ bytes }) => bytes.toString());
  return { socket, heard, words, port: socket.address().port };
}

function put(batch: SendBatch, datagram: Buffer, { sockaddr }: Pick<Route, 'sockaddr'>): void {
  datagram.copy(arenaBytes, batch.next());
  const words = new Uint32Array(sockaddr.buffer, sockaddr.byteOffset, sockaddr.length / 4);
  batch.commit(datagram.length, words, 0, sockaddr.length);
}

/** Other programs keep the machine busy. */
const eventually = (check: () => unknown) => vi.waitFor(check, { timeout: 10_000, interval: 5 });

const echo = (datagram: Incoming) => void datagram.socket.send(datagram.bytes, datagram.route());

describe.each([
  { path: 'the calls of the kernel', forceDgram: false },
  { path: 'node:dgram alone', forceDgram: true },
])('a UDP port by $path', ({ forceDgram }) => {
  const errors: unknown[] = [];

  async function port(onDatagram: (datagram: Incoming) => void, options: Partial<UdpPortOptions> = {}) {
    errors.length = 0;
    const opened = await UdpPort.open({
      port: 0,
      bindAddress: undefined,
      onDatagram,
      onError: (error) => errors.push(error),
      listAddresses: () => loopback(...LOOPBACK),
      forceDgram,
      lookMs: LOOK_MS,
      ...options,
    });
    open.push(opened);
    return opened;
  }

  /** A port that clients greeted, and the routes to them. */
  async function greeted(count: number) {
    const routes: Route[] = [];
    const relay = await port((datagram) => routes.push(datagram.route()));
    const clients: Awaited<ReturnType<typeof client>>[] = [];
    for (let index = 0; index < count; index += 1) {
      const one = await client();
      one.socket.send('hello', relay.port, '127.0.0.1');
      await eventually(() => expect(routes).toHaveLength(index + 1));
      clients.push(one);
    }
    const { socket } = routes[0]!;
    return { relay, routes, clients, socket, batch: socket.batch };
  }

  it.each(LOOPBACK)('answers whoever asks at %s', async (address) => {
    const routes: Route[] = [];
    const relay = await port((datagram) => {
      routes.push(datagram.route());
      echo(datagram);
    });
    const { socket, words, port: own } = await client(address);
    for (const word of ['one', 'two', 'three']) socket.send(word, relay.port, address);
    await eventually(() => expect(words()).toEqual(['one', 'two', 'three']));
    expect(routes[0]).toMatchObject({ address, port: own, socket: { address, port: relay.port } });
    expect(new Set(routes.map(({ key }) => key)).size).toBe(1);
    expect(relay.counters).toEqual({ received: 3, truncated: 0, sent: 3, sendRefusals: 0, kernelDrops: 0 });
  });

  it('tells the same sender by the same key, whether it waited or not', async () => {
    const keys = new Map<string, number>();
    const relay = await port((datagram) => {
      keys.set(datagram.key, (keys.get(datagram.key) ?? 0) + 1);
      expect(datagram.route().key).toBe(datagram.key);
    });
    const addresses = ['127.0.0.1', ...LOOPBACK];
    const clients = await Promise.all(addresses.map((address) => client(address)));
    for (let count = 0; count < 50; count += 1) {
      clients.forEach(({ socket }, index) => socket.send('x', relay.port, addresses[index]));
    }
    await eventually(() => expect([...keys.values()]).toEqual(addresses.map(() => 50)));
    expect(errors).toEqual([]);
  });

  it('answers from the address that was asked', async () => {
    const keys = new Set<string>();
    const listAddresses = () => loopback('127.0.0.1', '127.0.0.2');
    const relay = await port(
      (datagram) => {
        keys.add(datagram.key);
        echo(datagram);
      },
      { listAddresses },
    );
    const { socket, heard } = await client();
    for (const address of ['127.0.0.2', '127.0.0.1']) {
      socket.send('?', relay.port, address);
      await eventually(() => expect(heard.at(-1)).toMatchObject({ from: address, port: relay.port }));
    }
    expect(keys.size).toBe(2);
  });

  it('sends batches of three hundred to three', async () => {
    const { relay, routes, clients, batch } = await greeted(3);
    batch.begin(100);
    for (let count = 0; count < 300; count += 1) {
      const datagram = Buffer.alloc(100);
      datagram.writeUInt32BE(count);
      put(batch, datagram, routes[count % 3]!);
    }
    batch.flush();
    for (const [index, { heard }] of clients.entries()) {
      await eventually(() => expect(heard).toHaveLength(100));
      expect(heard.map(({ bytes }) => bytes.readUInt32BE())).toEqual(
        Array.from({ length: 100 }, (_, round) => 3 * round + index),
      );
    }
    expect(relay.counters).toMatchObject({ sent: 300, sendRefusals: 0 });
  });

  it('sends what batches of several sockets hold, each from its own address', async () => {
    const routes: Route[] = [];
    const listAddresses = () => loopback('127.0.0.1', '127.0.0.2');
    const relay = await port((datagram) => routes.push(datagram.route()), { listAddresses });
    const { socket, heard } = await client();
    for (const address of ['127.0.0.1', '127.0.0.2']) {
      socket.send('?', relay.port, address);
      await eventually(() => expect(routes.at(-1)?.socket.address).toBe(address));
    }
    for (const route of routes) route.socket.batch.begin(10);
    for (const index of [0, 1, 0, 0, 1]) put(routes[index]!.socket.batch, Buffer.from(`${index + 1}`), routes[index]!);
    for (const route of routes) route.socket.batch.flush();
    await eventually(() => expect(heard).toHaveLength(5));
    for (const { from, bytes } of heard) expect(from).toBe(`127.0.0.${bytes.toString()}`);
  });

  it('sends a batch of small ones after large ones, and what was given out and not committed not at all', async () => {
    const { routes, clients, batch } = await greeted(3);
    const sizes = [7800, 40, 1200];
    for (const size of sizes) {
      batch.begin(size);
      for (let count = 0; count < 42; count += 1) {
        expect((addressOf(arenaBytes) + BigInt(batch.next())) % 64n).toBe(0n);
        arenaBytes.write('never', batch.next());
        put(batch, Buffer.alloc(size, size), routes[count % 3]!);
      }
      batch.next();
    }
    batch.flush();
    for (const { heard } of clients) {
      await eventually(() => expect(heard).toHaveLength(42));
      expect(heard.map(({ bytes }) => bytes.length)).toEqual(sizes.flatMap((size) => Array<number>(14).fill(size)));
      for (const { bytes } of heard) expect(bytes.equals(Buffer.alloc(bytes.length, bytes.length))).toBe(true);
    }
  });

  it('refuses slots larger than a datagram of ours can be', async () => {
    const { batch } = await greeted(1);
    expect(() => batch.begin(8193)).toThrow(RangeError);
  });

  it('takes datagrams of 7,800 bytes, and counts those that are too large', async () => {
    const relay = await port(echo);
    const { socket, heard } = await client();
    const large = Buffer.alloc(7800, 'z');
    for (let count = 0; count < 8; count += 1) {
      socket.send(large, relay.port, '127.0.0.1');
      socket.send(Buffer.alloc(9000), relay.port, '127.0.0.1');
    }
    await eventually(() => expect(heard).toHaveLength(8));
    expect(heard.every(({ bytes }) => bytes.equals(large))).toBe(true);
    await eventually(() => expect(relay.counters).toMatchObject({ received: 8, truncated: 8 }));
  });

  it('leaves out what the kernel refuses, and sends the rest', async () => {
    const { relay, routes, clients, socket, batch } = await greeted(1);
    // Not without SO_BROADCAST.
    const sockaddr = Buffer.from('0200c000ffffffff0000000000000000', 'hex');
    batch.begin(10);
    for (const to of [{ sockaddr }, routes[0]!, { sockaddr }, { sockaddr }, routes[0]!])
      put(batch, Buffer.from('x'), to);
    batch.flush();
    socket.send(Buffer.from('y'), { ...routes[0]!, address: '255.255.255.255', port: 0xc000, sockaddr });
    socket.send(Buffer.from('y'), routes[0]!);
    await eventually(() => expect(clients[0]!.words()).toEqual(['x', 'x', 'y']));
    await eventually(() => expect(relay.counters).toMatchObject({ sent: 3, sendRefusals: 4 }));
  });

  it('calls no handler within a handler that drains, and loses nothing of it', async () => {
    const order: number[] = [];
    let depth = 0;
    const relay = await port(({ bytes }) => {
      expect(++depth).toBe(1);
      const number = bytes.readUInt32BE();
      relay.drain();
      // What it was given is still there.
      expect(bytes.readUInt32BE()).toBe(number);
      order.push(number);
      depth -= 1;
    });
    const { socket } = await client();
    const numbers = Array.from({ length: 300 }, (_, index) => index);
    for (const number of numbers) {
      const bytes = Buffer.alloc(20);
      bytes.writeUInt32BE(number);
      socket.send(bytes, relay.port, '127.0.0.1');
    }
    await eventually(() => expect(order).toHaveLength(300));
    expect(order).toEqual(numbers);
    expect(errors).toEqual([]);
  });

  it('loses one datagram only when a handler throws', async () => {
    const words: string[] = [];
    const relay = await port(({ bytes }) => {
      if (bytes.toString() === 'bad') throw new Error('no');
      words.push(bytes.toString());
    });
    const { socket } = await client();
    for (const word of ['one', 'bad', 'two', 'bad', 'three']) socket.send(word, relay.port, '127.0.0.1');
    await eventually(() => expect(words).toEqual(['one', 'two', 'three']));
    expect(errors).toEqual([new Error('no'), new Error('no')]);
  });

  it('follows addresses that come, and keeps those that go for a while', async () => {
    let listed = loopback('127.0.0.1');
    const relay = await port(echo, { listAddresses: () => listed });
    const { socket, heard } = await client();
    const ask = () => socket.send('?', relay.port, '127.0.0.2');
    listed = loopback('127.0.0.1', '127.0.0.2');
    await eventually(() => expect(relay.addresses()).toEqual(['127.0.0.1', '127.0.0.2']));
    ask();
    await eventually(() => expect(heard).toHaveLength(1));
    listed = loopback('127.0.0.1');
    await eventually(() => expect(relay.addresses()).toEqual(['127.0.0.1']));
    ask();
    await eventually(() => expect(heard).toHaveLength(2));
    // Now another may have it.
    await eventually(() => client('127.0.0.2', relay.port));
    expect(relay.counters).toMatchObject({ received: 2, sent: 2 });
    expect(errors).toEqual([]);
  });

  it('tells once of an address that it cannot have, and has it as soon as it can', async () => {
    let listed = loopback('127.0.0.1');
    const relay = await port(echo, { listAddresses: () => listed });
    const { socket } = await client('127.0.0.2', relay.port);
    listed = loopback('127.0.0.1', '127.0.0.2');
    await new Promise((resolve) => setTimeout(resolve, 5 * LOOK_MS));
    expect(errors.map(String)).toEqual([expect.stringContaining('cannot be bound (EADDRINUSE)')]);
    open.splice(open.indexOf(socket), 1);
    socket.close();
    await eventually(() => expect(relay.addresses()).toEqual(['127.0.0.1', '127.0.0.2']));
  });

  it('opens without an address that cannot be had, but not without any', async () => {
    const relay = await port(echo, { listAddresses: () => loopback('192.0.2.1', '127.0.0.1') });
    expect(relay.addresses()).toEqual(['127.0.0.1']);
    expect(errors.map(String)).toEqual([expect.stringContaining('EADDRNOTAVAIL')]);
    await expect(port(echo, { listAddresses: () => loopback('192.0.2.1') })).rejects.toThrow(
      'cannot be bound (EADDRNOTAVAIL): set MEDIA_BIND_ADDRESS to an address of this machine',
    );
    await expect(port(echo, { listAddresses: () => [] })).rejects.toThrow('no address');
  });

  it('opens sixteen addresses at most', async () => {
    const many = Array.from({ length: 20 }, (_, index) => `127.0.1.${index + 1}`);
    const relay = await port(echo, { listAddresses: () => loopback(...many) });
    await new Promise((resolve) => setTimeout(resolve, 3 * LOOK_MS));
    expect(relay.addresses()).toEqual(many.slice(0, 16));
    expect(errors).toEqual([]);
  });

  it('says what to do about a port that is taken', async () => {
    const { port: taken } = await client('127.0.0.2');
    const message = `UDP port ${taken} cannot be bound (EADDRINUSE): end the program that uses it, or set MEDIA_UDP_PORT_BASE or MEDIA_BIND_ADDRESS`;
    const listAddresses = () => loopback('127.0.0.1', '127.0.0.2');
    await expect(port(echo, { port: taken, listAddresses })).rejects.toThrow(message);
    await expect(port(echo, { port: taken, bindAddress: '127.0.0.2' })).rejects.toThrow(message);
    // What was opened before is closed again.
    await client('127.0.0.1', taken);
  });

  it('is at one address alone when it is told so', async () => {
    const relay = await port(echo, { bindAddress: '127.0.0.3' });
    expect(relay.addresses()).toEqual(['127.0.0.3']);
    const everywhere = await port(echo, { bindAddress: '0.0.0.0' });
    expect(everywhere.addresses()).toEqual(LOOPBACK);
  });

  it('does not share its port', async () => {
    const relay = await port(echo);
    await expect(port(echo, { port: relay.port })).rejects.toThrow('EADDRINUSE');
  });

  it('leaves nothing behind when it is closed, even by a handler', async () => {
    const handles = () => process.getActiveResourcesInfo().filter((name) => name.includes('UDP')).length;
    await eventually(() => expect(handles()).toBe(0));
    const { relay, routes, clients, socket, batch } = await greeted(1);
    batch.begin(10);
    put(batch, Buffer.from('x'), routes[0]!);
    relay.close();
    relay.close();
    await eventually(() => expect(handles()).toBe(1));
    put(batch, Buffer.from('x'), routes[0]!);
    batch.flush();
    expect(socket.send(Buffer.from('x'), routes[0]!)).toBe(false);
    expect(relay.counters).toMatchObject({ sent: 0, sendRefusals: 3 });
    expect(relay.addresses()).toEqual([]);
    let handled = 0;
    const next = await port(() => {
      handled += 1;
      next.close();
    });
    for (let count = 0; count < 10; count += 1) clients[0]!.socket.send('x', next.port, '127.0.0.1');
    await eventually(() => expect(handled).toBe(1));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(handled).toBe(1);
    expect(clients[0]!.heard).toEqual([]);
    expect(handles()).toBe(1);
  });
});

describe('the calls of the kernel', () => {
  const listAddresses = () => loopback('127.0.0.1');
  const quiet = { port: 0, bindAddress: undefined, onError: () => undefined, listAddresses };

  it('hand on what waits before anything else when they are asked to, and count what found no room', async () => {
    let routeBack: Route | undefined;
    const [receiver, sender] = await Promise.all([
      UdpPort.open({ ...quiet, onDatagram: () => undefined }),
      UdpPort.open({ ...quiet, onDatagram: (datagram) => (routeBack = datagram.route()) }),
    ]);
    open.push(receiver, sender);
    const { socket } = await client('127.0.0.1');
    socket.send('hello', sender.port, '127.0.0.1');
    await eventually(() => expect(routeBack).toBeDefined());
    const sockaddr = Buffer.alloc(16);
    routeBack!.sockaddr.copy(sockaddr);
    sockaddr.writeUInt16BE(receiver.port, 2);
    const { batch } = routeBack!.socket;
    batch.begin(1000);
    for (let count = 0; count < 20_000; count += 1) put(batch, Buffer.alloc(0x3e8), { sockaddr });
    batch.flush();
    await eventually(() => {
      const { received, kernelDrops } = receiver.counters;
      expect(received + kernelDrops).toBe(sender.counters.sent);
      expect(received).toBeGreaterThan(50);
      expect(kernelDrops).toBeGreaterThan(0);
    });
  });
});
