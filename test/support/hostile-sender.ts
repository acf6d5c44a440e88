import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { openUdp } from './loopback.js';

const BATCH = 50;
/** A quarter of what Linux gives a socket by default: the relay has always something to read, and the kernel drops nothing. */
const MAX_QUEUED_BYTES = 50_000;

/** A table that is read while sockets come and go may lack a row. */
const READS = 5;

/** What the kernel says of the UDP socket that is bound to a port. */
interface UdpQueue {
  /** Waiting to be read. */
  readonly bytes: number;
  /** Datagrams that found the queue full, since the socket was opened. */
  readonly drops: number;
}

/** Sends to media ports from several ports of its own, and counts what comes back. */
export class HostileSender implements AsyncDisposable {
  datagramsSent = 0;
  bytesSent = 0;
  datagramsBack = 0;
  bytesBack = 0;

  private constructor(
    private readonly targets: readonly number[],
    private readonly sockets: readonly Socket[],
  ) {
    for (const socket of sockets) {
      socket.on('message', ({ length }) => {
        this.datagramsBack += 1;
        this.bytesBack += length;
      });
    }
  }

  static async open(targets: readonly number[], sourcePorts = 1): Promise<HostileSender> {
    const sockets = await Promise.all(Array.from({ length: sourcePorts }, openUdp));
    return new HostileSender(targets, sockets);
  }

  /** Resolves when the datagram has left, each one from the next port, and in turn to every target. */
  async send(datagram: Buffer): Promise<void> {
    const turn = this.datagramsSent;
    const socket = this.sockets[turn % this.sockets.length]!;
    const target = this.targets[Math.floor(turn / this.sockets.length) % this.targets.length]!;
    this.datagramsSent += 1;
    this.bytesSent += datagram.length;
    await new Promise<void>((resolve, reject) => {
      socket.send(datagram, target, '127.0.0.1', (error) => {
        if (error === null) resolve();
        else reject(error);
      });
    });
  }

  /**
   * Sends as fast as the relay reads; resolves when it has read all of it.
   *
   * @returns datagrams that the kernel dropped meanwhile
   */
  async flood(make: Iterable<Buffer>): Promise<number> {
    const before = await this.queues();
    let batch: Promise<void>[] = [];
    for (const datagram of make) {
      batch.push(this.send(datagram));
      if (batch.length < BATCH) continue;
      await Promise.all(batch);
      batch = [];
      await this.untilQueued(MAX_QUEUED_BYTES);
    }
    await Promise.all(batch);
    await this.untilQueued(0);
    return sum(await this.queues(), 'drops') - sum(before, 'drops');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      this.sockets.map(async (socket) => {
        const closed = once(socket, 'close');
        socket.close();
        await closed;
      }),
    );
  }

  private async untilQueued(maxBytes: number): Promise<void> {
    while ((await this.queues()).some(({ bytes }) => bytes > maxBytes)) await sleep(1);
  }

  private queues(): Promise<UdpQueue[]> {
    return Promise.all(this.targets.map(udpQueue));
  }
}

function sum(queues: readonly UdpQueue[], key: keyof UdpQueue): number {
  return queues.reduce((total, queue) => total + queue[key], 0);
}

/** @throws Error when no socket is bound to the port */
async function udpQueue(port: number): Promise<UdpQueue> {
  for (let read = 0; read < READS; read += 1) {
    const found = await findQueue(port);
    if (found !== undefined) return found;
  }
  throw new Error(`no UDP socket is bound to port ${port}`);
}

async function findQueue(port: number): Promise<UdpQueue | undefined> {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  for (const table of ['/proc/net/udp', '/proc/net/udp6']) {
    for (const row of (await readFile(table, 'utf8')).split('\n')) {
      const [, local, , , queues = '', , , , , , , , drops] = row.trim().split(/\s+/);
      if (local?.endsWith(suffix) !== true) continue;
      return { bytes: Number.parseInt(queues.split(':')[1] ?? '', 16), drops: Number(drops) };
    }
  }
  return undefined;
}
