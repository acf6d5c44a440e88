import { EVP_EncryptInit_ex, EVP_EncryptUpdate } from '../native/evp.js';
import type { Handle } from '../native/handle.js';
import { HmacSha1 } from '../native/hmac-sha1.js';
import { must } from '../native/openssl-errors.js';
import { keyedCipher } from './keyed-cipher.js';
import type { PacketCipher, PacketParts } from './packet-cipher.js';
import { IV, writeIv, WRITTEN } from './packet-memory.js';
import type { SessionKeys } from './session-keys.js';

/** AES_CM_128_HMAC_SHA1_80, RFC 3711 sections 4.1.1 and 4.2. Decryption is encryption. */
export class CounterModeCipher implements PacketCipher {
  private readonly context: Handle;
  private readonly hmac: HmacSha1;
  private readonly salt: Buffer;
  private readonly rolloverCounter = Buffer.alloc(4);

  constructor(keys: SessionKeys) {
    this.context = keyedCipher('counter', keys.cipherKey, 'seal');
    this.hmac = new HmacSha1(keys.authenticationKey);
    this.salt = Buffer.from(keys.salt);
  }

  seal(ssrc: number, index: number, parts: PacketParts): void {
    this.crypt(ssrc, index, parts.body);
    this.hmac.digest(...this.authenticated(index, parts)).copy(parts.tag);
  }

  open(ssrc: number, index: number, parts: PacketParts): boolean {
    if (!this.hmac.matches(parts.tag, ...this.authenticated(index, parts))) return false;
    this.crypt(ssrc, index, parts.body);
    return true;
  }

  free(): void {
    this.context.free();
    this.hmac.free();
    this.salt.fill(0);
  }

  /** The packet as it is sent; then the ROC, or what SRTCP sends in its place. */
  private authenticated(index: number, { clear, body, indexWord }: PacketParts): [Buffer, Buffer, Buffer] {
    if (indexWord) return [clear, body, indexWord];
    this.rolloverCounter.writeUInt32BE(Math.floor(index / 0x10000) >>> 0);
    return [clear, body, this.rolloverCounter];
  }

  private crypt(ssrc: number, index: number, body: Buffer): void {
    if (body.length === 0) return;
    writeIv(this.salt, ssrc, index);
    must(EVP_EncryptInit_ex(this.context.pointer, null, null, null, IV.address), 'SRTP');
    must(EVP_EncryptUpdate(this.context.pointer, body, WRITTEN.address, body, body.length), 'SRTP');
  }
}
