import { timingSafeEqual } from 'node:crypto';
import { EVP_sha1, HMAC_CTX_free, HMAC_CTX_new, HMAC_Final, HMAC_Init_ex, HMAC_Update } from './evp.js';
import { Handle } from './handle.js';
import { must } from './openssl-errors.js';
import { reserve } from './memory.js';

export const HMAC_SHA1_BYTES = 20;
/** As RFC 3711 cuts it. */
const MIN_MATCH_BYTES = 10;

const SHA1 = EVP_sha1();
const result = reserve(HMAC_SHA1_BYTES);

/** HMAC-SHA1 (RFC 2104) under one key. The context is kept: to make one costs more than to hash a packet. */
export class HmacSha1 {
  private readonly context = new Handle(HMAC_CTX_new(), HMAC_CTX_free);

  constructor(key: Buffer) {
    must(HMAC_Init_ex(this.context.pointer, key, key.length, SHA1, null), 'HMAC key');
  }

  /** For calls that the hot path makes by itself. */
  get pointer(): bigint {
    return this.context.pointer;
  }

  /**
   * Over all parts, one after the other.
   *
   * @returns 20 bytes of shared memory, which the next call of any instance overwrites
   */
  digest(...parts: readonly Buffer[]): Buffer {
    const { pointer } = this.context;
    must(HMAC_Init_ex(pointer, null, 0, null, null), 'HMAC');
    for (const part of parts) must(HMAC_Update(pointer, part, part.length), 'HMAC');
    must(HMAC_Final(pointer, result.address, null), 'HMAC');
    return result.bytes;
  }

  /** Compares in constant time. `expected` may be the beginning of a digest, not of less than 10 bytes. */
  matches(expected: Buffer, ...parts: readonly Buffer[]): boolean {
    if (expected.length < MIN_MATCH_BYTES || expected.length > HMAC_SHA1_BYTES) return false;
    return timingSafeEqual(this.digest(...parts).subarray(0, expected.length), expected);
  }

  /** Wipes the key; once. */
  free(): void {
    this.context.free();
  }
}
