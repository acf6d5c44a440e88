import { addressOf } from './foreign.js';

/** More than all parts of the engine reserve together; what is never touched costs no memory. */
const ARENA_BYTES = 16 * 1024 * 1024;
/** A cache line, and more than any C type asks for. */
const ALIGNMENT = 64;

const bytes = Buffer.alloc(ARENA_BYTES);
const base = addressOf(bytes);
/** Where `arenaBytes` begins, as a number: no address of a program's has more than 52 bits. */
export const arenaAddress = Number(base);
let used = Number(-base & BigInt(ALIGNMENT - 1));

/** A piece of memory that C may read and write at any time. */
export interface Region {
  readonly bytes: Buffer;
  /** Of its first byte, as C sees it. */
  readonly address: bigint;
  /** Of its first byte in `arenaBytes`. */
  readonly offset: number;
}

/**
 * All memory that C reads or writes: one block that is never freed and never moves, so that no pointer outlives what it
 * points to. What is reserved stays so for the life of the process: reserve at start, or once for each of a bounded number.
 */
export const arenaBytes: Buffer = bytes;
/** The same memory as 32-bit words, in the byte order of the machine. */
export const arenaWords = new Uint32Array(bytes.buffer, bytes.byteOffset, ARENA_BYTES / 4);

/** @throws RangeError when the arena is used up, which is a defect */
export function reserve(length: number): Region {
  const offset = used;
  used += Math.ceil(length / ALIGNMENT) * ALIGNMENT;
  if (used > ARENA_BYTES) throw new RangeError('the memory shared with C is used up');
  return { bytes: bytes.subarray(offset, offset + length), address: base + BigInt(offset), offset };
}
