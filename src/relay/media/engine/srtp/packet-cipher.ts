import { createCipheriv, createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto';
import { ivOf, TAG_BYTES, type SessionKeys } from './session-keys.js';

/**
 * One packet at a time, by node:crypto: what single peers send and are sent. It costs some microseconds, and nothing while
 * nobody speaks; the packets of a fan-out, which are a thousand at once, have `sealing.ts`.
 */

/** The parts of a packet, in the order in which they are authenticated. */
export interface PacketParts {
  readonly ssrc: number;
  /** Of RTP: ROC and sequence number, 48 bits. Of RTCP: 31 bits. Under one key none comes twice for an SSRC. */
  readonly index: number;
  /** Authenticated and not encrypted: the header, and all of an SRTCP packet without the E flag. */
  readonly clear: Buffer;
  /** Authenticated and encrypted. */
  readonly body: Buffer;
  /** SRTCP's E flag and index; undefined for RTP. */
  readonly indexWord: Buffer | undefined;
}

const TAG_LENGTH = { authTagLength: TAG_BYTES.AEAD_AES_128_GCM };

/** @returns the body encrypted, and the tag */
export function sealPacket(keys: SessionKeys, parts: PacketParts): { readonly body: Buffer; readonly tag: Buffer } {
  if (keys.profile === 'AES_CM_128_HMAC_SHA1_80') {
    const body = inCounterMode(keys, parts);
    return { body, tag: hmacTag(keys, { ...parts, body }) };
  }
  const cipher = createCipheriv('aes-128-gcm', keys.cipherKey, ivOf(keys, parts.ssrc, parts.index), TAG_LENGTH);
  cipher.setAAD(associatedData(parts));
  const body = cipher.update(parts.body);
  cipher.final();
  return { body, tag: cipher.getAuthTag() };
}

/** @returns the body decrypted; undefined when the packet is not authentic */
export function openPacket(keys: SessionKeys, parts: PacketParts, tag: Buffer): Buffer | undefined {
  if (keys.profile === 'AES_CM_128_HMAC_SHA1_80') {
    return timingSafeEqual(hmacTag(keys, parts), tag) ? inCounterMode(keys, parts) : undefined;
  }
  const cipher = createDecipheriv('aes-128-gcm', keys.cipherKey, ivOf(keys, parts.ssrc, parts.index), TAG_LENGTH);
  cipher.setAAD(associatedData(parts));
  cipher.setAuthTag(tag);
  const body = cipher.update(parts.body);
  try {
    cipher.final();
    return body;
  } catch {
    return undefined;
  }
}

/** RFC 7714 sections 8.2, 9.2 and 9.3. */
function associatedData({ clear, indexWord }: PacketParts): Buffer {
  return indexWord ? Buffer.concat([clear, indexWord]) : clear;
}

/** RFC 3711 section 4.1.1; decryption is encryption. */
function inCounterMode(keys: SessionKeys, { ssrc, index, body }: PacketParts): Buffer {
  const cipher = createCipheriv('aes-128-ctr', keys.cipherKey, ivOf(keys, ssrc, index));
  const result = cipher.update(body);
  cipher.final();
  return result;
}

/** RFC 3711 section 4.2: the packet as it is sent; then the ROC, or what SRTCP sends in its place. */
function hmacTag(keys: SessionKeys, { index, clear, body, indexWord }: PacketParts): Buffer {
  const hmac = createHmac('sha1', keys.authenticationKey).update(clear).update(body);
  return hmac
    .update(indexWord ?? rolloverCounter(index))
    .digest()
    .subarray(0, TAG_BYTES[keys.profile]);
}

function rolloverCounter(index: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(Math.floor(index / 0x10000) >>> 0);
  return bytes;
}
