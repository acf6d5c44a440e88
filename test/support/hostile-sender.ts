import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { udpQueue } from './udp-queue.js';

const BATCH = 50;
/** A quarter of what Linux gives a socket by default: the relay has always something to read, and the kernel drops nothing. */
const MAX_QUEUED_BYTES = 50_000;

/** Sends to a media port from several ports of its own, and counts what comes back. */
export class HostileSender implements AsyncDisposable {
  datagramsSent = 0;
  bytesSent = 0;
  datagramsBack = 0;
  bytesBack = 0;

  private constructor(
    private readonly target: number,
    private readonly sockets: readonly Socket[],
  ) {
    for (const socket of sockets) {
      socket.on('message', ({ length }) => {
        this.datagramsBack += 1;
        this.bytesBack += length;
      });
    }
  }

  static async open(target: number, sourcePorts = 1): Promise<HostileSender> {
    const sockets = await Promise.all(Array.from({ length: sourcePorts }, openSocket));
    return new HostileSender(target, sockets);
  }

  /** Resolves when the datagram has left, each one from the next port. */
  async send(datagram: Buffer): Promise<void> {
    const socket = this.sockets[this.datagramsSent % this.sockets.length]!;
    this.datagramsSent += 1;
    this.bytesSent += datagram.length;
    await new Promise<void>((resolve, reject) => {
      socket.send(datagram, this.target, '127.0.0.1', (error) => {
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
    const { drops } = await udpQueue(this.target);
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
    return (await udpQueue(this.target)).drops - drops;
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
    while ((await udpQueue(this.target)).bytes > maxBytes) await sleep(1);
  }
}

async function openSocket(): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}
