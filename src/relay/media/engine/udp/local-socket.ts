import type { Socket } from 'node:dgram';
import { enqueue, handOn, type Receiver } from './receive-queue.js';
import type { Route } from './route.js';
import { SendBatch, type Sender } from './send-batch.js';

/** Asked of the system for each direction: what a thousand listeners send and are sent within a long turn of the loop. */
export const SOCKET_BUFFER_BYTES = 4 * 1024 * 1024;
/** Per event, of which there are up to 32 in a row, before timers and messages have their turn. */
const READ_AT_ONCE = 32;

/** In datagrams, since the port was opened. */
export interface UdpCounters {
  /** Handed on. */
  received: number;
  /** Dropped: larger than any that we expect. */
  truncated: number;
  /** Taken by the system. */
  sent: number;
  /** Not taken: its buffer was full, or there was no way. Audio does not wait. */
  sendRefusals: number;
  /** Dropped by the kernel because we did not read in time; 0 where it does not tell. */
  kernelDrops: number;
}

/** What the sockets of one port share. */
export interface SocketOwner {
  /** Never called within itself. */
  readonly onDatagram: Receiver['owner']['onDatagram'];
  /** The handler threw, which costs its datagram only. Must not throw itself. */
  readonly onError: (error: unknown) => void;
  readonly counters: UdpCounters;
}

let lastId = 0;

/** A bound socket; `node:dgram` owns it, and tells when it is readable. */
export abstract class LocalSocket implements Receiver, Sender {
  /** Never given again in this process: no key of a socket that is closed is one of a later socket. */
  readonly id = (lastId += 1);
  readonly port: number;
  readonly batch = new SendBatch(this);
  isClosed = false;

  constructor(
    readonly address: string,
    protected readonly socket: Socket,
    readonly owner: SocketOwner,
  ) {
    this.port = socket.address().port;
    enlargeBuffers(socket);
    socket.on('message', (bytes, from) => {
      handOn();
      enqueue(this, bytes, from);
      this.read(READ_AT_ONCE);
      handOn();
    });
    // What went wrong with a datagram is counted where it was sent, and reading is tried again with the next one.
    socket.on('error', () => undefined);
  }

  abstract send(datagram: Buffer, to: Route): boolean;
  abstract transmit(count: number): void;
  /** Puts datagrams that wait in the kernel into the queue; tells how many. */
  abstract read(most: number): number;
  abstract kernelDrops(): number;

  close(): void {
    if (this.isClosed) return;
    this.owner.counters.kernelDrops += this.kernelDrops();
    // From here on the number of the descriptor may be that of another socket.
    this.isClosed = true;
    this.socket.close();
  }

  protected count(isSent: boolean): boolean {
    if (isSent) this.owner.counters.sent += 1;
    else this.owner.counters.sendRefusals += 1;
    return isSent;
  }
}

/** As far as the system lets us: less serves too, with more losses under load. */
function enlargeBuffers(socket: Socket): void {
  try {
    socket.setRecvBufferSize(SOCKET_BUFFER_BYTES);
    socket.setSendBufferSize(SOCKET_BUFFER_BYTES);
  } catch {
    // Some systems refuse what is more than they allow, where Linux gives what it allows.
  }
}
