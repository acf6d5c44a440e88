import { createDecipheriv, createHmac } from 'node:crypto';
import { reserve } from '../native/memory.js';
import {
  SSL_CIPHER_get_bits,
  SSL_get_client_random,
  SSL_get_current_cipher,
  SSL_get_server_random,
  SSL_get_session,
  SSL_SESSION_get_master_key,
} from '../native/ssl.js';
import { RECORD_HEADER_BYTES, type DtlsRecord } from './records.js';
import type { DtlsRole } from './srtp-keys.js';

const MASTER_SECRET_BYTES = 48;
const RANDOM_BYTES = 32;
/** The part of the nonce that is not sent (RFC 5288, 3). */
const SALT_BYTES = 4;
const EXPLICIT_NONCE_BYTES = 8;
const TAG_BYTES = 16;
const secret = reserve(MASTER_SECRET_BYTES);
const clientRandom = reserve(RANDOM_BYTES);
const serverRandom = reserve(RANDOM_BYTES);

/** Opens records of a peer whose OpenSSL object is freed: 20 or 36 bytes instead of 80 kB. */
export class PeerRecords {
  private constructor(
    private readonly key: Buffer,
    private readonly salt: Buffer,
  ) {}

  /** @param role ours */
  static of(ssl: bigint, role: DtlsRole): PeerRecords {
    const bits = SSL_CIPHER_get_bits(SSL_get_current_cipher(ssl), null);
    const keyBytes = bits / 8;
    SSL_SESSION_get_master_key(SSL_get_session(ssl), secret.address, MASTER_SECRET_BYTES);
    SSL_get_client_random(ssl, clientRandom.address, RANDOM_BYTES);
    SSL_get_server_random(ssl, serverRandom.address, RANDOM_BYTES);
    // Client's key, server's key, client's salt, server's salt (RFC 5246, 6.3; an AEAD has no MAC keys).
    const seed = Buffer.concat([Buffer.from('key expansion'), serverRandom.bytes, clientRandom.bytes]);
    const block = expand(bits === 256 ? 'sha384' : 'sha256', secret.bytes, seed, 2 * (keyBytes + SALT_BYTES));
    secret.bytes.fill(0);
    const peer = role === 'server' ? 0 : 1;
    const saltAt = 2 * keyBytes + peer * SALT_BYTES;
    // Zeroed beforehand means not cut from a block of 8 kB that it would keep alive.
    const [key, salt] = [Buffer.alloc(keyBytes), Buffer.alloc(SALT_BYTES)];
    block.copy(key, 0, peer * keyBytes);
    block.copy(salt, 0, saltAt);
    block.fill(0);
    return new PeerRecords(key, salt);
  }

  /** What a record of epoch 1 says (RFC 5288, 3 with RFC 6347, 4.1); undefined when it is not the peer's. */
  open({ bytes, body, epoch }: DtlsRecord): Buffer | undefined {
    const length = body.length - EXPLICIT_NONCE_BYTES - TAG_BYTES;
    if (epoch !== 1 || length < 0) return undefined;
    const nonce = Buffer.concat([this.salt, body.subarray(0, EXPLICIT_NONCE_BYTES)]);
    // Epoch and sequence number, type, version; then the length of what is inside.
    const header = Buffer.concat([
      bytes.subarray(3, 11),
      bytes.subarray(0, 3),
      bytes.subarray(11, RECORD_HEADER_BYTES),
    ]);
    header.writeUInt16BE(length, 11);
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

/** `P_hash` of RFC 5246, 5. */
function expand(hash: 'sha256' | 'sha384', key: Buffer, seed: Buffer, length: number): Buffer {
  const sign = (...parts: readonly Buffer[]): Buffer => createHmac(hash, key).update(Buffer.concat(parts)).digest();
  const blocks: Buffer[] = [];
  let bytes = 0;
  for (let a = sign(seed); bytes < length; a = sign(a)) {
    const block = sign(a, seed);
    blocks.push(block);
    bytes += block.length;
  }
  const whole = Buffer.concat(blocks).subarray(0, length);
  for (const block of blocks) block.fill(0);
  return whole;
}
