import type { UdpSocket } from './udp-socket.js';

/** One remote address as one of our sockets sees it, in the words of RFC 8445 a pair. Owned, and never changed. */
export interface Route {
  readonly socket: UdpSocket;
  /** Equal for equal socket and remote address, different for all others: the key of a map. */
  readonly key: string;
  /** The remote address as the kernel has it: a `sockaddr_in` or `sockaddr_in6`. */
  readonly sockaddr: Buffer;
  readonly address: string;
  readonly port: number;
}
