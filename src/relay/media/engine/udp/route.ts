import type { UdpSocket } from './udp-socket.js';

/** One remote address as one of our sockets sees it: a candidate pair (RFC 8445, 5.1.2). Immutable and owned. */
export interface Route {
  readonly socket: UdpSocket;
  /** Equal for the same socket and remote address, and for no others. */
  readonly key: string;
  /** `struct sockaddr_in` or `sockaddr_in6`, as Linux has them. */
  readonly sockaddr: Buffer;
  /** As `RemoteAddress` has them. */
  readonly address: string;
  readonly port: number;
}
