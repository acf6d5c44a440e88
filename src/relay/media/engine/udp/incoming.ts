import { arenaBytes } from '../native/memory.js';
import { keyAt, readSockaddr, sockaddrBytesAt } from './address.js';
import type { Route, UdpSocket } from './route.js';

/** A datagram that came in. The object and all that it lends are valid until the handler returns. */
export interface Incoming {
  readonly bytes: Buffer;
  readonly socket: UdpSocket;
  /** As in `Route`. */
  readonly key: string;
  /** A copy of whom it came from, to keep. */
  route(): Route;
}

/** Reused for each datagram: strangers may send fifty thousand a second, and nothing is made for them that nobody asks for. */
export class Arrival implements Incoming {
  bytes: Buffer = arenaBytes;
  private owner: UdpSocket | undefined;
  private senderAt = 0;
  private knownKey: string | undefined;

  /** @param senderAt where in the arena the socket address of the sender is, behind the number of our socket */
  set(socket: UdpSocket, bytes: Buffer, senderAt: number): void {
    this.owner = socket;
    this.bytes = bytes;
    this.senderAt = senderAt;
    this.knownKey = undefined;
  }

  get socket(): UdpSocket {
    if (this.owner === undefined) throw new Error('nothing has arrived');
    return this.owner;
  }

  get key(): string {
    this.knownKey ??= keyAt(arenaBytes, this.senderAt);
    return this.knownKey;
  }

  route(): Route {
    const { senderAt, key, socket } = this;
    const sockaddr = Buffer.alloc(sockaddrBytesAt(arenaBytes, senderAt));
    arenaBytes.copy(sockaddr, 0, senderAt);
    return { socket, key, sockaddr, ...readSockaddr(sockaddr, 0) };
  }
}
