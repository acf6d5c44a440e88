import { createDecipheriv, createHmac } from 'node:crypto';
import { reserve } from '../native/memory.js';
import * as openssl from '../native/ssl.js';
import { RECORD_HEADER_BYTES, type DtlsRecord } from './records.js';
import type { DtlsRole } from './srtp-keys.js';

/** The part of the nonce that is not sent (RFC 5288, 3). */
const SALT_BYTES = 4;
const EXPLICIT_NONCE_BYTES = 8;
const TAG_BYTES = 16;
const secret = reserve(48);
/** Of the server, then of the client. */
const randoms = [reserve(32), reserve(32)] as const;

/** Opens records of a peer whose OpenSSL object is freed: 20 or 36 bytes instead of 80 kB. */
export class PeerRecords {
  private readonly key: Buffer;
  private readonly salt: Buffer;

  /** @param role ours */
  constructor(ssl: bigint, role: DtlsRole) {
    const bits = openssl.SSL_CIPHER_get_bits(openssl.SSL_get_current_cipher(ssl), null);
    const keyBytes = bits / 8;
    openssl.SSL_SESSION_get_master_key(openssl.SSL_get_session(ssl), secret.address, secret.bytes.length);
    openssl.SSL_get_server_random(ssl, randoms[0].address, randoms[0].bytes.length);
    openssl.SSL_get_client_random(ssl, randoms[1].address, randoms[1].bytes.length);
    // Client's key, server's key, client's salt, server's salt (RFC 5246, 6.3; an AEAD has no MAC keys).
    const block = keyBlock(bits === 256 ? 'sha384' : 'sha256', 2 * (keyBytes + SALT_BYTES));
    secret.bytes.fill(0);
    const peer = role === 'server' ? 0 : 1;
    // Zeroed beforehand means not cut from a block of 8 kB that it would keep alive.
    this.key = Buffer.alloc(keyBytes);
    this.salt = Buffer.alloc(SALT_BYTES);
    block.copy(this.key, 0, peer * keyBytes);
    block.copy(this.salt, 0, 2 * keyBytes + peer * SALT_BYTES);
    block.fill(0);
  }

  /** What a record of epoch 1 says (RFC 5288, 3 with RFC 6347, 4.1); undefined when it is not the peer's. */
  open({ bytes, body, epoch }: DtlsRecord): Buffer | undefined {
    const length = body.length - EXPLICIT_NONCE_BYTES - TAG_BYTES;
    if (epoch !== 1 || length < 0) return undefined;
    // Epoch and sequence number, type, version; then the length of what is inside.
    const header = Buffer.concat([
      bytes.subarray(3, 11),
      bytes.subarray(0, 3),
      bytes.subarray(11, RECORD_HEADER_BYTES),
    ]);
    header.writeUInt16BE(length, 11);
    const nonce = Buffer.concat([this.salt, body.subarray(0, EXPLICIT_NONCE_BYTES)]);
    const name = this.key.length === 32 ? 'aes-256-gcm' : 'aes-128-gcm';
    const cipher = createDecipheriv(name, this.key, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(header);
    cipher.setAuthTag(body.subarray(body.length - TAG_BYTES));
    const inside = cipher.update(body.subarray(EXPLICIT_NONCE_BYTES, body.length - TAG_BYTES));
    try {
      cipher.final();
      return inside;
    } catch {
      return undefined;
    }
  }

  wipe(): void {
    this.key.fill(0);
    this.salt.fill(0);
  }
}

/** `P_hash` of RFC 5246, 5, from what lies in shared memory. */
function keyBlock(hash: 'sha256' | 'sha384', length: number): Buffer {
  const seed = Buffer.concat([Buffer.from('key expansion'), ...randoms.map(({ bytes }) => bytes)]);
  const sign = (...parts: readonly Buffer[]): Buffer =>
    createHmac(hash, secret.bytes).update(Buffer.concat(parts)).digest();
  let block = Buffer.alloc(0);
  for (let a = sign(seed); block.length < length; a = sign(a)) block = Buffer.concat([block, sign(a, seed)]);
  return block;
}
