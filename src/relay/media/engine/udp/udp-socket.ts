import type { Destination } from './address.js';
import type { SendBatch } from './send-batch.js';

/** Asked of the system for each direction: what a thousand listeners send and are sent within a long turn of the loop. */
export const SOCKET_BUFFER_BYTES = 4 * 1024 * 1024;

/** In datagrams. */
export interface SocketCounters {
  /** Taken by the system. */
  readonly sent: number;
  /** Not taken: its buffer was full, or there was no way. Audio does not wait. */
  readonly sendRefusals: number;
  /** Dropped by the kernel because we did not read in time; 0 where it does not tell. */
  readonly kernelDrops: number;
}

/** One local address. */
export interface UdpSocket {
  readonly address: string;
  readonly port: number;
  /** For many datagrams at once. */
  readonly batch: SendBatch;
  /** False when it was refused. */
  send(datagram: Buffer, to: Destination): boolean;
  /** As `UdpPort.drain`. */
  drain(): void;
}

/** A socket as its port sees it. */
export interface PortSocket extends UdpSocket {
  counters(): SocketCounters;
  close(): void;
}

let lastId = 0;

/** Never given again in this process: no key of a socket that is closed is one of a later socket. */
export function nextSocketId(): number {
  lastId += 1;
  return lastId;
}
