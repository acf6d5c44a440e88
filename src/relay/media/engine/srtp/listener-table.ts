import type { Route } from '../udp/route.js';
import type { SendBatch } from '../udp/send-batch.js';
import type { SrtpSenderKeys } from './srtp-sender-keys.js';

/** `sockaddr_in6` is the longest: 28 bytes. */
export const SOCKADDR_WORDS = 8;
export const IV_WORDS = 4;
const FIRST_CAPACITY = 16;

/**
 * What a packet needs of each listener, by row: as columns of numbers, because to follow a pointer into a cold object costs
 * as much as to seal a packet. Handles of C lie in plain arrays, where reading one makes no bigint.
 */
export class ListenerTable {
  size = 0;
  isAead = new Uint8Array(FIRST_CAPACITY);
  payloadTypes = new Uint8Array(FIRST_CAPACITY);
  ivs = new Uint32Array(FIRST_CAPACITY * IV_WORDS);
  /** The lowest index that a listener gets; Infinity until it is known. */
  from = new Float64Array(FIRST_CAPACITY);
  /** What its own index is more than ours. */
  shifts = new Float64Array(FIRST_CAPACITY);
  packets = new Float64Array(FIRST_CAPACITY);
  /** Of payload. */
  octets = new Float64Array(FIRST_CAPACITY);
  sockaddrs = new Uint32Array(FIRST_CAPACITY * SOCKADDR_WORDS);
  sockaddrBytes = new Uint8Array(FIRST_CAPACITY);
  readonly ciphers: bigint[] = [];
  /** Undefined under an AEAD. */
  readonly hmacs: (bigint | undefined)[] = [];
  readonly batches: SendBatch[] = [];

  /** @returns the row */
  add(keys: SrtpSenderKeys, route: Route, payloadType: number): number {
    const row = this.size;
    if (row === this.isAead.length) this.grow(row * 2);
    this.setKeys(row, keys);
    this.setRoute(row, route);
    this.payloadTypes[row] = payloadType;
    this.packets[row] = 0;
    this.octets[row] = 0;
    this.size += 1;
    return row;
  }

  setKeys(row: number, keys: SrtpSenderKeys): void {
    this.from[row] = Infinity;
    this.isAead[row] = Number(keys.isAead);
    bytesOf(this.ivs).set(keys.iv, row * IV_WORDS * 4);
    this.ciphers[row] = keys.cipherPointer;
    this.hmacs[row] = keys.hmacPointer;
  }

  setRoute(row: number, route: Route): void {
    bytesOf(this.sockaddrs).set(route.sockaddr, row * SOCKADDR_WORDS * 4);
    this.sockaddrBytes[row] = route.sockaddr.length;
    this.batches[row] = route.socket.batch;
  }

  /** The last row takes the place of this one. */
  remove(row: number): void {
    this.size -= 1;
    const last = this.size;
    const columns = [this.isAead, this.payloadTypes, this.from, this.shifts, this.packets, this.octets];
    for (const column of [...columns, this.sockaddrBytes]) column.copyWithin(row, last, last + 1);
    this.ivs.copyWithin(row * IV_WORDS, last * IV_WORDS, (last + 1) * IV_WORDS);
    this.sockaddrs.copyWithin(row * SOCKADDR_WORDS, last * SOCKADDR_WORDS, (last + 1) * SOCKADDR_WORDS);
    this.ivs.fill(0, last * IV_WORDS, (last + 1) * IV_WORDS);
    moveLast(this.ciphers, last, row);
    moveLast(this.hmacs, last, row);
    moveLast(this.batches, last, row);
  }

  private grow(capacity: number): void {
    this.isAead = grown(this.isAead, new Uint8Array(capacity));
    this.payloadTypes = grown(this.payloadTypes, new Uint8Array(capacity));
    this.ivs = grown(this.ivs, new Uint32Array(capacity * IV_WORDS));
    this.from = grown(this.from, new Float64Array(capacity));
    this.shifts = grown(this.shifts, new Float64Array(capacity));
    this.packets = grown(this.packets, new Float64Array(capacity));
    this.octets = grown(this.octets, new Float64Array(capacity));
    this.sockaddrs = grown(this.sockaddrs, new Uint32Array(capacity * SOCKADDR_WORDS));
    this.sockaddrBytes = grown(this.sockaddrBytes, new Uint8Array(capacity));
  }
}

type Column = Uint8Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

function grown<T extends Column>(old: T, column: T): T {
  column.set(old);
  // Among them are the salts of keys.
  old.fill(0);
  return column;
}

function bytesOf(words: Uint32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}

function moveLast(column: unknown[], last: number, row: number): void {
  column[row] = column[last];
  column.length = last;
}
