import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import { arenaBytes, arenaWords } from '../native/memory.js';
import { IOVEC_BYTES } from '../native/sockets.js';
import { readSockaddr, type Destination, type RemoteAddress } from './address.js';
import { NAME_BYTES, type BatchMemory } from './batch-memory.js';
import type { Inbox, Source } from './inbox.js';
import { SendBatch } from './send-batch.js';
import { nextSocketId, SOCKET_BUFFER_BYTES, type PortSocket, type SocketCounters } from './udp-socket.js';

/** Where the calls of Linux are missing: the same by `node:dgram` alone, one datagram at a time. */
export class DgramSocket implements PortSocket, Source {
  readonly id = nextSocketId();
  readonly port: number;
  readonly batch: SendBatch;
  isClosed = false;
  private sent = 0;
  private refused = 0;

  private constructor(
    private readonly socket: Socket,
    readonly address: string,
    inbox: Inbox,
  ) {
    this.port = socket.address().port;
    this.batch = new SendBatch((memory, count) => this.transmit(memory, count));
    socket.on('message', (bytes, from) => inbox.accept(this, bytes, from));
    // macOS tells here that an earlier datagram found nobody; what went wrong with a datagram is counted where it was sent.
    socket.on('error', () => undefined);
  }

  /** @throws Error with a `code` when the address cannot be bound */
  static async open(address: string, port: number, inbox: Inbox): Promise<DgramSocket> {
    const socket = createSocket({
      type: isIPv6(address) ? 'udp6' : 'udp4',
      ipv6Only: isIPv6(address),
      // They are numbers already: without this each datagram would wait for the next turn of the loop.
      lookup: (host, options, callback) => callback(null, host, options.family === 6 ? 6 : 4),
    });
    try {
      const listening = once(socket, 'listening');
      socket.bind({ address, port, exclusive: true });
      await listening;
    } catch (error) {
      socket.close();
      throw error;
    }
    enlargeBuffers(socket);
    return new DgramSocket(socket, address, inbox);
  }

  send(datagram: Buffer, to: Destination): boolean {
    // What Node could not send at once it keeps, and reads later: the caller's memory is another datagram by then.
    const isTaken = this.give(Buffer.from(datagram), to);
    if (!isTaken) this.refused += 1;
    return isTaken;
  }

  read(): number {
    return 0;
  }

  drain(): void {
    // Node reads by itself.
  }

  counters(): SocketCounters {
    return { sent: this.sent, sendRefusals: this.refused + this.batch.refused, kernelDrops: 0 };
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.batch.close();
    this.socket.close();
  }

  private transmit({ slots, vectors, names }: BatchMemory, count: number): number {
    let refused = 0;
    const stride = strideOf(vectors.offset);
    for (let index = 0; index < count; index += 1) {
      const at = slots.offset + index * stride;
      const length = arenaWords[(vectors.offset + index * IOVEC_BYTES) / 4 + 2] ?? 0;
      const to = readSockaddr(arenaBytes, names.offset + index * NAME_BYTES);
      if (!this.give(Buffer.from(arenaBytes.subarray(at, at + length)), to)) refused += 1;
    }
    return refused;
  }

  private give(datagram: Buffer, { address, port }: RemoteAddress): boolean {
    if (this.isClosed || port === 0 || this.socket.getSendQueueSize() > SOCKET_BUFFER_BYTES) return false;
    this.socket.send(datagram, port, address, (error) => {
      if (error === null) this.sent += 1;
      else this.refused += 1;
    });
    return true;
  }
}

function strideOf(vectors: number): number {
  const word = vectors / 4;
  return ((arenaWords[word + IOVEC_BYTES / 4] ?? 0) - (arenaWords[word] ?? 0)) >>> 0;
}

/** As far as the system lets us. */
function enlargeBuffers(socket: Socket): void {
  try {
    socket.setRecvBufferSize(SOCKET_BUFFER_BYTES);
    socket.setSendBufferSize(SOCKET_BUFFER_BYTES);
  } catch {
    // Less serves too, with more losses under load.
  }
}
