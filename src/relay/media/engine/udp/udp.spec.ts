import { describe, expect, it, afterEach, vi } from 'vitest';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import { arenaBytes } from '../native/memory.js';
import type { Incoming } from './incoming.js';
import type { Route } from './route.js';
import { UdpPort, type UdpPortOptions } from './udp-port.js';

const open: { close(): void }[] = [];
const LOOPBACK = [
  { address: '127.0.0.1', internal: true },
  { address: '::1', internal: true },
];

afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

async function client(address: string) {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  socket.bind({ address, port: 0 });
  await once(socket, 'listening');
  socket.setRecvBufferSize(1 << 20);
  open.push(socket);
  const heard: { bytes: Buffer; address: string; port: number }[] = [];
  socket.on('message', (bytes, { address: from, port }) => heard.push({ bytes, address: from, port }));
  return { socket, heard, port: socket.address().port };
}

describe.each([
  { path: 'the calls of the kernel', forceDgram: false },
  { path: 'node:dgram alone', forceDgram: true },
])('a UDP port by $path', ({ forceDgram }) => {
  async function port(onDatagram: (datagram: Incoming) => void, options: Partial<UdpPortOptions> = {}) {
    const opened = await UdpPort.open({
      port: 0,
      bindAddress: undefined,
      onDatagram,
      onError: (error) => {
        throw error;
      },
      listAddresses: () => LOOPBACK,
      forceDgram,
      ...options,
    });
    open.push(opened);
    return opened;
  }

  it.each(['127.0.0.1', '::1'])('answers whoever asks at %s', async (address) => {
    const routes: Route[] = [];
    const relay = await port((datagram) => {
      routes.push(datagram.route());
      datagram.socket.send(Buffer.concat([datagram.bytes, Buffer.from('!')]), datagram.route());
    });
    const { socket, heard, port: own } = await client(address);
    for (const word of ['one', 'two', 'three']) socket.send(word, relay.port, address);
    await vi.waitFor(() => expect(heard.map(({ bytes }) => bytes.toString())).toEqual(['one!', 'two!', 'three!']));
    expect(routes[0]).toMatchObject({ address, port: own });
    expect(new Set(routes.map(({ key }) => key)).size).toBe(1);
    expect(relay.counters).toEqual({ received: 3, truncated: 0, sent: 3, sendRefusals: 0, kernelDrops: 0 });
  });

  it('sends batches of three hundred to three', async () => {
    const routes: Route[] = [];
    const relay = await port((datagram) => routes.push(datagram.route()));
    const clients = await Promise.all(['127.0.0.1', '127.0.0.1', '127.0.0.1'].map(client));
    for (const { socket } of clients) socket.send('hello', relay.port, '127.0.0.1');
    await vi.waitFor(() => expect(routes).toHaveLength(3));
    const { batch } = routes[0]!.socket;
    batch.begin(100);
    for (let count = 0; count < 300; count += 1) {
      const { sockaddr } = routes[count % 3]!;
      const at = batch.next();
      arenaBytes.writeUInt32BE(count, at);
      batch.commit(100, new Uint32Array(sockaddr.buffer, sockaddr.byteOffset, sockaddr.length / 4), 0, sockaddr.length);
    }
    batch.flush();
    await vi.waitFor(() => expect(clients.map(({ heard }) => heard.length)).toEqual([100, 100, 100]));
    expect(relay.counters.sent).toBe(300);
  });
});
