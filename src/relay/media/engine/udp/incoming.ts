import { AF_INET, SOCKADDR_IN6_BYTES, SOCKADDR_IN_BYTES } from '../native/sockets.js';
import { keyAt, readSockaddr } from './address.js';
import type { Route } from './route.js';
import type { UdpSocket } from './udp-socket.js';

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
  bytes: Buffer;
  socket: UdpSocket;
  private memory: Buffer;
  private at = 0;
  private knownKey: string | undefined;

  constructor(socket: UdpSocket, bytes: Buffer) {
    this.socket = socket;
    this.bytes = bytes;
    this.memory = bytes;
  }

  /** @param at where in `memory` the socket address of the sender is, behind the number of our socket */
  set(socket: UdpSocket, bytes: Buffer, memory: Buffer, at: number): void {
    this.socket = socket;
    this.bytes = bytes;
    this.memory = memory;
    this.at = at;
    this.knownKey = undefined;
  }

  get key(): string {
    this.knownKey ??= keyAt(this.memory, this.at);
    return this.knownKey;
  }

  route(): Route {
    const { memory, at, key, socket } = this;
    const length = memory.readUInt16LE(at) === AF_INET ? SOCKADDR_IN_BYTES : SOCKADDR_IN6_BYTES;
    const sockaddr = Buffer.alloc(length);
    memory.copy(sockaddr, 0, at, at + length);
    return { socket, key, sockaddr, ...readSockaddr(sockaddr, 0) };
  }
}
