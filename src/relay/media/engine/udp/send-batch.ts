import { arenaBytes, arenaWords, reserve } from '../native/memory.js';
import { IOVEC_BYTES, MMSGHDR, MMSGHDR_BYTES } from '../native/sockets.js';

/** `UIO_MAXIOV` would allow 1,024; beyond this a larger batch gains nothing, and its slots fall out of the cache. */
const MAX_BATCH = 128;
/** 120 ms of Opus at 510 kbit/s and its headers. */
export const MAX_DATAGRAM_BYTES = 8192;
const SLOTS_BYTES = 256 * 1024;
const CACHE_LINE = 64;
/** Room for `sockaddr_in6`. */
const NAME_BYTES = 32;
const MESSAGE_WORDS = MMSGHDR_BYTES / 4;
/** Of an `mmsghdr`: what differs between two of them. */
const POINTER_WORDS = MMSGHDR.iovLength / 4;

/** A socket that sends the first datagrams of `gathered`, and counts. */
export interface Sender {
  transmit(count: number): void;
}

/** The memory is one for all sockets: a batch is filled and sent in one go, and what is in the cache stays there. */
const slots = reserve(SLOTS_BYTES);
const vectors = reserve(MAX_BATCH * IOVEC_BYTES);
const names = reserve(MAX_BATCH * NAME_BYTES);
/** The `mmsghdr` of each slot; and those of one socket, one after the other, as `sendmmsg` reads them. */
const messages = reserve(MAX_BATCH * MMSGHDR_BYTES);
export const gathered = reserve(MAX_BATCH * MMSGHDR_BYTES);
const gatheredSlots = new Uint8Array(MAX_BATCH);
const senders: (Sender | undefined)[] = Array<undefined>(MAX_BATCH).fill(undefined);
let stride = 0;
let capacity = 0;
let used = 0;

for (let slot = 0; slot < MAX_BATCH; slot += 1) {
  const message = slot * MMSGHDR_BYTES;
  messages.bytes.writeBigUInt64LE(names.address + BigInt(slot * NAME_BYTES), message + MMSGHDR.name);
  messages.bytes.writeBigUInt64LE(vectors.address + BigInt(slot * IOVEC_BYTES), message + MMSGHDR.iov);
  gathered.bytes.writeBigUInt64LE(1n, message + MMSGHDR.iovLength);
}

/**
 * "Send N datagrams": slots of shared memory, which the caller fills in place, then one call of the kernel for each socket.
 * For each datagram `next`, write, `commit`; at the end `flush`. A slot that is not committed is given out again.
 */
export class SendBatch {
  constructor(private readonly sender: Sender) {}

  /**
   * The slots that follow have room for `datagramBytes` each.
   *
   * @throws RangeError when that is more than 8,192, which is a defect
   */
  begin(datagramBytes: number): void {
    if (datagramBytes > MAX_DATAGRAM_BYTES) throw new RangeError('a datagram larger than a slot may be');
    const wanted = Math.max(1, Math.ceil(datagramBytes / CACHE_LINE)) * CACHE_LINE;
    if (wanted === stride) return;
    this.flush();
    stride = wanted;
    capacity = Math.min(MAX_BATCH, Math.floor(SLOTS_BYTES / stride));
    for (let slot = 0; slot < capacity; slot += 1) {
      vectors.bytes.writeBigUInt64LE(slots.address + BigInt(slot * stride), slot * IOVEC_BYTES);
    }
  }

  /** Offset in `arenaBytes` of a free slot, which begins a cache line of C's. Sends what is there when all are full. */
  next(): number {
    if (used >= capacity) this.flush();
    return slots.offset + used * stride;
  }

  /**
   * What `next` gave is a datagram now.
   *
   * @param length in bytes
   * @param sockaddr where the socket address is, `at` being its first word
   */
  commit(length: number, sockaddr: Uint32Array, at: number, sockaddrBytes: number): void {
    const name = (names.offset + used * NAME_BYTES) >>> 2;
    for (let word = 0; word < sockaddrBytes >>> 2; word += 1) arenaWords[name + word] = sockaddr[at + word] ?? 0;
    arenaWords[(messages.offset + used * MMSGHDR_BYTES + MMSGHDR.nameLength) >>> 2] = sockaddrBytes;
    arenaWords[((vectors.offset + used * IOVEC_BYTES) >>> 2) + 2] = length;
    senders[used] = this.sender;
    used += 1;
  }

  /** Sends what is there, of other sockets too. */
  flush(): void {
    const count = used;
    used = 0;
    for (let first = 0; first < count; first += 1) {
      const sender = senders[first];
      if (sender !== undefined) sender.transmit(gather(sender, first, count));
    }
  }
}

/** The datagram that is `index`th in `gathered`, in shared memory. */
export function gatheredDatagram(index: number): Buffer {
  const slot = gatheredSlots[index] ?? 0;
  const at = slots.offset + slot * stride;
  return arenaBytes.subarray(at, at + (arenaWords[(vectors.offset + slot * IOVEC_BYTES) / 4 + 2] ?? 0));
}

/** Where in the arena the socket address is that it goes to. */
export function gatheredNameAt(index: number): number {
  return names.offset + (gatheredSlots[index] ?? 0) * NAME_BYTES;
}

/** @returns how many of the slots from `first` to before `end` are the sender's */
function gather(sender: Sender, first: number, end: number): number {
  let count = 0;
  for (let slot = first; slot < end; slot += 1) {
    if (senders[slot] !== sender) continue;
    senders[slot] = undefined;
    gatheredSlots[count] = slot;
    const from = messages.offset / 4 + slot * MESSAGE_WORDS;
    const to = gathered.offset / 4 + count * MESSAGE_WORDS;
    for (let word = 0; word < POINTER_WORDS; word += 1) arenaWords[to + word] = arenaWords[from + word] ?? 0;
    count += 1;
  }
  return count;
}
