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

/** One of our own addresses. */
export interface UdpSocket {
  readonly address: string;
  readonly port: number;
  /**
   * @param datagram is the caller's again once this returns
   * @returns false when the system refused it
   */
  send(datagram: Buffer, route: Route): boolean;
}

/** One datagram that came in. The object is used again: it is valid until its handler returns. */
export interface Incoming {
  readonly bytes: Buffer;
  readonly socket: UdpSocket;
  /** That of `route()`, which costs less to ask for. */
  readonly key: string;
  /** To keep. */
  route(): Route;
}
