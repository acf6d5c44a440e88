import type { SendBatch } from './send-batch.js';

/** One local address. */
export interface UdpSocket {
  readonly address: string;
  readonly port: number;
  /** For many datagrams at once. */
  readonly batch: SendBatch;
  /** False when it was refused. */
  send(datagram: Buffer, to: { readonly sockaddr: Buffer }): boolean;
  drain(): void;
}
