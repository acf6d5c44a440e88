import { arenaBytes, arenaWords, reserve } from '../native/memory.js';
import {
  IOVEC_BYTES,
  MMSGHDR,
  MMSGHDR_BYTES,
  MSG_TRUNC,
  SOCKADDR_IN6_BYTES,
  type SocketCalls,
} from '../native/sockets.js';
import { SOCKET_ID_BYTES } from './address.js';
import { MAX_DATAGRAM_BYTES } from './batch-memory.js';

export const RECEIVE_SLOTS = 32;
/** A cache line more than what is sent: who sends more than this sends nothing of ours. */
export const MAX_RECEIVED_BYTES = MAX_DATAGRAM_BYTES + 64;
/** Of the number of our socket and a socket address of either family. */
export const NAME_BYTES = SOCKET_ID_BYTES + SOCKADDR_IN6_BYTES;

/** What one `recvmmsg` writes: datagrams, and in front of the socket address of each the number of our socket. */
export class ReceiveSlots {
  private readonly slots = reserve(RECEIVE_SLOTS * MAX_RECEIVED_BYTES);
  private readonly messages = reserve(RECEIVE_SLOTS * MMSGHDR_BYTES);
  private readonly vectors = reserve(RECEIVE_SLOTS * IOVEC_BYTES);
  private readonly names = reserve(RECEIVE_SLOTS * NAME_BYTES);

  constructor() {
    for (let index = 0; index < RECEIVE_SLOTS; index += 1) {
      const message = index * MMSGHDR_BYTES;
      const vector = index * IOVEC_BYTES;
      const name = this.names.address + BigInt(index * NAME_BYTES + SOCKET_ID_BYTES);
      this.messages.bytes.writeBigUInt64LE(name, message + MMSGHDR.name);
      this.messages.bytes.writeBigUInt64LE(this.vectors.address + BigInt(vector), message + MMSGHDR.iov);
      this.messages.bytes.writeBigUInt64LE(1n, message + MMSGHDR.iovLength);
      this.vectors.bytes.writeBigUInt64LE(this.slots.address + BigInt(index * MAX_RECEIVED_BYTES), vector);
      this.vectors.bytes.writeBigUInt64LE(BigInt(MAX_RECEIVED_BYTES), vector + 8);
    }
  }

  /**
   * Reads what waits at a socket, up to `RECEIVE_SLOTS` datagrams.
   *
   * @param socketId of ours, for the keys
   * @returns how many
   */
  receive(calls: SocketCalls, fd: number, socketId: number): number {
    for (let index = 0; index < RECEIVE_SLOTS; index += 1) {
      arenaWords[this.wordOf(index, MMSGHDR.nameLength)] = SOCKADDR_IN6_BYTES;
    }
    const count = Math.max(0, calls.recvmmsg(fd, this.messages.address, RECEIVE_SLOTS, 0, null));
    for (let index = 0; index < count; index += 1) {
      arenaWords[(this.nameAt(index) - SOCKET_ID_BYTES) / 4] = socketId;
    }
    return count;
  }

  bytesOf(index: number): Buffer {
    const at = this.slots.offset + index * MAX_RECEIVED_BYTES;
    return arenaBytes.subarray(at, at + (arenaWords[this.wordOf(index, MMSGHDR.received)] ?? 0));
  }

  isTruncated(index: number): boolean {
    return ((arenaWords[this.wordOf(index, MMSGHDR.flags)] ?? 0) & MSG_TRUNC) !== 0;
  }

  /** Where in `arenaBytes` the socket address of the sender is. */
  nameAt(index: number): number {
    return this.names.offset + index * NAME_BYTES + SOCKET_ID_BYTES;
  }

  private wordOf(index: number, part: number): number {
    return (this.messages.offset + index * MMSGHDR_BYTES + part) / 4;
  }
}
