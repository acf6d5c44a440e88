import type { Destination } from './address.js';
import type { UdpSocket } from './udp-socket.js';

/** One remote address as one of our sockets sees it: a candidate pair (RFC 8445, 5.1.2). Immutable and owned. */
export interface Route extends Destination {
  readonly socket: UdpSocket;
  /** Equal for the same socket and remote address, and for no others. */
  readonly key: string;
}
