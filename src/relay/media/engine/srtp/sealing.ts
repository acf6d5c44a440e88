import {
  AEAD_GET_TAG,
  EVP_CIPHER_CTX_ctrl,
  EVP_EncryptFinal_ex,
  EVP_EncryptInit_ex,
  EVP_EncryptUpdate,
  HMAC_Final,
  HMAC_Init_ex,
  HMAC_Update,
} from '../native/evp.js';
import { arenaBytes, arenaWords, reserve } from '../native/memory.js';
import { IV, MAX_PACKET_BYTES, NOTHING_MORE, TAG, WRITTEN } from './packet-memory.js';
import { TAG_BYTES } from './profile.js';
import type { Slot } from './slot.js';
import { RTP_HEADER_BYTES } from './wire.js';

/**
 * Seals RTP from the payload in `PLAIN`, where one copy of it serves all listeners, into a slot of shared memory that has the
 * header already. Once per packet and listener: nothing is allocated here.
 */
export const PLAIN = reserve(MAX_PACKET_BYTES);

const AEAD_TAG_BYTES = TAG_BYTES.AEAD_AES_128_GCM;
const HMAC_TAG_BYTES = TAG_BYTES.AES_CM_128_HMAC_SHA1_80;
const ROC_BYTES = 4;

const iv = IV.offset / 4;
const ivAt = IV.address;
const tagAt = TAG.address;
const plainAt = PLAIN.address;
const writtenAt = WRITTEN.address;
const nothingMoreAt = NOTHING_MORE.address;

/**
 * AEAD_AES_128_GCM, RFC 7714 section 8.
 *
 * @param ivs where, at `at`, the four words of the IV of index 0 are
 * @param roc in network byte order, as the sequence number
 * @returns the length of the packet, 0 when OpenSSL refused
 */
export function sealAead(
  slot: Slot,
  payloadBytes: number,
  cipher: bigint,
  ivs: Uint32Array,
  at: number,
  roc: number,
  sequenceNumber: number,
): number {
  // SSRC, ROC and sequence number lie in the bytes 2–5, 6–9, 10 and 11.
  arenaWords[iv] = ivs[at] ?? 0;
  arenaWords[iv + 1] = (ivs[at + 1] ?? 0) ^ (roc << 16);
  arenaWords[iv + 2] = (ivs[at + 2] ?? 0) ^ ((roc >>> 16) | (sequenceNumber << 16));
  const isSealed =
    EVP_EncryptInit_ex(cipher, null, null, null, ivAt) === 1 &&
    EVP_EncryptUpdate(cipher, null, writtenAt, slot.header, RTP_HEADER_BYTES) === 1 &&
    EVP_EncryptUpdate(cipher, slot.body, writtenAt, plainAt, payloadBytes) === 1 &&
    EVP_EncryptFinal_ex(cipher, nothingMoreAt, writtenAt) === 1 &&
    EVP_CIPHER_CTX_ctrl(cipher, AEAD_GET_TAG, AEAD_TAG_BYTES, tagAt) === 1;
  return isSealed ? withTag(slot.offset + RTP_HEADER_BYTES + payloadBytes, AEAD_TAG_BYTES) - slot.offset : 0;
}

/** AES_CM_128_HMAC_SHA1_80, RFC 3711 sections 4.1.1 and 4.2; as `sealAead`. */
export function sealCounterMode(
  slot: Slot,
  payloadBytes: number,
  cipher: bigint,
  hmac: bigint,
  ivs: Uint32Array,
  at: number,
  roc: number,
  sequenceNumber: number,
): number {
  // SSRC, ROC and sequence number lie in the bytes 4–7, 8–11, 12 and 13.
  arenaWords[iv] = ivs[at] ?? 0;
  arenaWords[iv + 1] = ivs[at + 1] ?? 0;
  arenaWords[iv + 2] = (ivs[at + 2] ?? 0) ^ roc;
  arenaWords[iv + 3] = (ivs[at + 3] ?? 0) ^ sequenceNumber;
  const end = slot.offset + RTP_HEADER_BYTES + payloadBytes;
  // The ROC is authenticated and not sent: the tag takes its place.
  arenaBytes[end] = roc;
  arenaBytes[end + 1] = roc >>> 8;
  arenaBytes[end + 2] = roc >>> 16;
  arenaBytes[end + 3] = roc >>> 24;
  const isSealed =
    EVP_EncryptInit_ex(cipher, null, null, null, ivAt) === 1 &&
    EVP_EncryptUpdate(cipher, slot.body, writtenAt, plainAt, payloadBytes) === 1 &&
    HMAC_Init_ex(hmac, null, 0, null, null) === 1 &&
    HMAC_Update(hmac, slot.header, RTP_HEADER_BYTES + payloadBytes + ROC_BYTES) === 1 &&
    HMAC_Final(hmac, tagAt, null) === 1;
  return isSealed ? withTag(end, HMAC_TAG_BYTES) - slot.offset : 0;
}

/** Copies the tag to the end of a packet, and gives its new end. */
function withTag(end: number, tagBytes: number): number {
  for (let at = 0; at < tagBytes; at += 1) arenaBytes[end + at] = arenaBytes[TAG.offset + at] ?? 0;
  return end + tagBytes;
}
