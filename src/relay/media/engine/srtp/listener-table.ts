import type { Route } from '../udp/route.js';
import type { SendBatch } from '../udp/send-batch.js';
import type { SrtpSenderKeys } from './srtp-sender-keys.js';

/** A row of words, one cache line: where its parts begin. `sockaddr_in6` is the longest: 28 bytes. */
export const ROW_WORDS = 16;
export const IV = 0;
export const SOCKADDR = 4;
export const SOCKADDR_BYTES = 11;
export const PAYLOAD_TYPE = 12;

/** A row of numbers. */
export const ROW_NUMBERS = 4;
/** The lowest index that a listener gets; Infinity until it is known. */
export const FROM = 0;
/** What its own index is more than ours. */
export const SHIFT = 1;
/** Sent, over all keys: packets, and bytes of payload in them. */
export const PACKETS = 2;
export const OCTETS = 3;

const FIRST_CAPACITY = 16;

/**
 * What a packet needs of each listener, by row: as numbers side by side, because to follow a pointer into a cold object costs
 * as much as to seal a packet. Handles of C lie in plain arrays, where reading one makes no bigint.
 */
export class ListenerTable {
  size = 0;
  words = new Uint32Array(FIRST_CAPACITY * ROW_WORDS);
  numbers = new Float64Array(FIRST_CAPACITY * ROW_NUMBERS);
  readonly ciphers: bigint[] = [];
  /** Undefined under an AEAD. */
  readonly hmacs: (bigint | undefined)[] = [];
  readonly batches: SendBatch[] = [];

  /** @returns the row, which has nowhere to go yet */
  add(keys: SrtpSenderKeys, payloadType: number): number {
    const row = this.size;
    if (row * ROW_WORDS === this.words.length) {
      this.words = grown(this.words, new Uint32Array(2 * this.words.length));
      this.numbers = grown(this.numbers, new Float64Array(2 * this.numbers.length));
    }
    this.setKeys(row, keys);
    this.words[row * ROW_WORDS + PAYLOAD_TYPE] = payloadType;
    this.numbers.fill(0, row * ROW_NUMBERS + PACKETS, (row + 1) * ROW_NUMBERS);
    this.size += 1;
    return row;
  }

  /** Nothing is sealed under them before `begin`. */
  setKeys(row: number, keys: SrtpSenderKeys): void {
    const { cipher, hmac } = keys.pointers;
    this.ciphers[row] = cipher;
    this.hmacs[row] = hmac;
    this.numbers[row * ROW_NUMBERS + FROM] = Infinity;
    this.setBytes(row, IV, keys.iv);
  }

  setRoute(row: number, { sockaddr, socket }: Route): void {
    this.setBytes(row, SOCKADDR, sockaddr);
    this.words[row * ROW_WORDS + SOCKADDR_BYTES] = sockaddr.length;
    this.batches[row] = socket.batch;
  }

  /** The listener's sequence begins with `firstNumber` and ROC 0 at our `index`. */
  begin(row: number, index: number, firstNumber: number): void {
    this.numbers[row * ROW_NUMBERS + FROM] = index;
    this.numbers[row * ROW_NUMBERS + SHIFT] = firstNumber - index;
  }

  /** The last row takes the place of this one. */
  remove(row: number): void {
    this.size -= 1;
    const last = this.size;
    this.words.copyWithin(row * ROW_WORDS, last * ROW_WORDS, (last + 1) * ROW_WORDS);
    this.words.fill(0, last * ROW_WORDS, (last + 1) * ROW_WORDS);
    this.numbers.copyWithin(row * ROW_NUMBERS, last * ROW_NUMBERS, (last + 1) * ROW_NUMBERS);
    for (const column of [this.ciphers, this.hmacs, this.batches] as unknown[][]) {
      column[row] = column[last];
      column.length = last;
    }
  }

  private setBytes(row: number, word: number, bytes: Buffer): void {
    new Uint8Array(this.words.buffer).set(bytes, (row * ROW_WORDS + word) * 4);
  }
}

function grown<T extends Uint32Array | Float64Array>(old: T, larger: T): T {
  larger.set(old);
  // Among them are the salts of keys.
  old.fill(0);
  return larger;
}
