import { arenaWords } from '../native/memory.js';
import { IOVEC_BYTES, MMSGHDR, MMSGHDR_BYTES } from '../native/sockets.js';
import { BatchMemory, borrowBatchMemory, MAX_DATAGRAM_BYTES, NAME_BYTES, returnBatchMemory } from './batch-memory.js';

const CACHE_LINE = 64;

/**
 * Sends the first datagrams of the memory.
 *
 * @returns how many of them were refused
 */
export type Transmit = (memory: BatchMemory, count: number) => number;

/** What is written for a socket that is closed goes here and nowhere on. */
let nowhere: BatchMemory | undefined;

/**
 * "Send N datagrams": slots of shared memory, which the caller fills in place, then one call of the kernel. For each
 * datagram `next`, write, `commit`; at the end `flush`. A slot that is not committed is given out again.
 */
export class SendBatch {
  sent = 0;
  refused = 0;
  private memory = borrowBatchMemory();
  private stride = 0;
  private capacity = 0;
  private used = 0;

  constructor(private transmit: Transmit) {}

  /**
   * Sends what is there; the slots that follow have room for `datagramBytes` each.
   *
   * @throws RangeError when that is more than 8,192, which is a defect
   */
  begin(datagramBytes: number): void {
    this.flush();
    if (datagramBytes > MAX_DATAGRAM_BYTES) throw new RangeError('a datagram larger than a slot may be');
    const stride = Math.max(CACHE_LINE, Math.ceil(datagramBytes / CACHE_LINE) * CACHE_LINE);
    if (stride === this.stride) return;
    this.stride = stride;
    this.capacity = this.memory.layOut(stride);
  }

  /** Offset in `arenaBytes` of a free slot, which begins a cache line of C's. Sends what is there when all are full. */
  next(): number {
    if (this.used >= this.capacity) this.flush();
    return this.memory.slots.offset + this.used * this.stride;
  }

  /**
   * What `next` gave is a datagram now.
   *
   * @param length in bytes
   * @param sockaddr where the socket address is, `at` being its first word
   */
  commit(length: number, sockaddr: Uint32Array, at: number, sockaddrBytes: number): void {
    const { memory, used } = this;
    const name = (memory.names.offset + used * NAME_BYTES) >>> 2;
    for (let word = 0; word < sockaddrBytes >>> 2; word += 1) arenaWords[name + word] = sockaddr[at + word] ?? 0;
    arenaWords[(memory.messages.offset + used * MMSGHDR_BYTES + MMSGHDR.nameLength) >>> 2] = sockaddrBytes;
    arenaWords[((memory.vectors.offset + used * IOVEC_BYTES) >>> 2) + 2] = length;
    this.used = used + 1;
  }

  flush(): void {
    const count = this.used;
    if (count === 0) return;
    this.used = 0;
    const refused = this.transmit(this.memory, count);
    this.refused += refused;
    this.sent += count - refused;
  }

  /** What is not sent yet is refused, and so is all that follows. Once. */
  close(): void {
    const { memory } = this;
    nowhere ??= new BatchMemory();
    if (memory === nowhere) return;
    this.transmit = (_, count) => count;
    this.flush();
    this.memory = nowhere;
    returnBatchMemory(memory);
  }
}
