import { arenaWords, reserve } from '../native/memory.js';
import { IOVEC_BYTES, MMSGHDR, MMSGHDR_BYTES } from '../native/sockets.js';

/** `UIO_MAXIOV` would allow 1,024; beyond this a larger batch gains nothing, and its slots fall out of the cache. */
export const MAX_BATCH = 128;
/** 120 ms of Opus at 510 kbit/s and its headers. */
export const MAX_DATAGRAM_BYTES = 8192;
const SLOTS_BYTES = 256 * 1024;
/** Room for `sockaddr_in6`, in cache lines of two. */
export const NAME_BYTES = 32;

/** What one `sendmmsg` reads: the datagrams, and for each its `mmsghdr`, `iovec` and socket address. */
export class BatchMemory {
  readonly slots = reserve(SLOTS_BYTES);
  readonly messages = reserve(MAX_BATCH * MMSGHDR_BYTES);
  readonly vectors = reserve(MAX_BATCH * IOVEC_BYTES);
  readonly names = reserve(MAX_BATCH * NAME_BYTES);

  constructor() {
    for (let index = 0; index < MAX_BATCH; index += 1) {
      const { bytes } = this.messages;
      const message = index * MMSGHDR_BYTES;
      bytes.writeBigUInt64LE(this.names.address + BigInt(index * NAME_BYTES), message + MMSGHDR.name);
      bytes.writeBigUInt64LE(this.vectors.address + BigInt(index * IOVEC_BYTES), message + MMSGHDR.iov);
      bytes.writeBigUInt64LE(1n, message + MMSGHDR.iovLength);
    }
  }

  /**
   * Puts the slots at a distance of `stride` bytes.
   *
   * @returns how many there are
   */
  layOut(stride: number): number {
    const count = Math.min(MAX_BATCH, Math.floor(SLOTS_BYTES / stride));
    const low = Number(this.slots.address & 0xffffffffn);
    const high = Number(this.slots.address >> 32n);
    let word = this.vectors.offset / 4;
    for (let index = 0; index < count; index += 1) {
      const slot = low + index * stride;
      arenaWords[word] = slot;
      arenaWords[word + 1] = slot > 0xffffffff ? high + 1 : high;
      word += IOVEC_BYTES / 4;
    }
    return count;
  }
}

const spare: BatchMemory[] = [];

/** What is reserved stays so: a socket takes the memory of one that was closed. */
export function borrowBatchMemory(): BatchMemory {
  return spare.pop() ?? new BatchMemory();
}

export function returnBatchMemory(memory: BatchMemory): void {
  spare.push(memory);
}
