import type { Route } from './route.js';
import type { UdpSocket } from './udp-socket.js';

/** One datagram that came in. The object is used again: it is valid until its handler returns. */
export interface Incoming {
  readonly bytes: Buffer;
  readonly socket: UdpSocket;
  /** That of `route()`, which costs less to ask for. */
  readonly key: string;
  /** To keep. */
  route(): Route;
}
