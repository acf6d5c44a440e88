import type { SendBatch } from './send-batch.js';

/** One local address. */
export interface UdpSocket {
  readonly address: string;
  readonly port: number;
  /** For many datagrams at once. */
  readonly batch: SendBatch;
  /** False when it was refused. */
  send(datagram: Buffer, to: Route): boolean;
}

/** One remote address as one of our sockets sees it: a candidate pair (RFC 8445, 5.1.2). Immutable and owned. */
export interface Route {
  readonly socket: UdpSocket;
  /** Equal for the same socket and remote address, and for no others. */
  readonly key: string;
  /** `struct sockaddr_in` or `sockaddr_in6`, as Linux has them. */
  readonly sockaddr: Buffer;
  /** IPv4 in dotted form, or IPv6 as RFC 5952 writes it. */
  readonly address: string;
  readonly port: number;
}
