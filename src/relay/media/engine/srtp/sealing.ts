import {
  AEAD_GET_TAG,
  EVP_CIPHER_CTX_ctrl,
  EVP_CipherFinal_ex,
  EVP_CipherInit_ex,
  EVP_CipherUpdate,
  HMAC_Final,
  HMAC_Init_ex,
  HMAC_Update,
  KEEP_DIRECTION,
} from '../native/evp.js';
import { HMAC_SHA1_BYTES } from '../native/hmac-sha1.js';
import { arenaAddress, arenaBytes, arenaWords, reserve } from '../native/memory.js';
import { IV, PAYLOAD_TYPE, ROW_NUMBERS, ROW_WORDS, SHIFT, type ListenerTable } from './listener-table.js';
import { TAG_BYTES } from './session-keys.js';
import { RTP_HEADER_BYTES } from './srtp-packet.js';

/** Version 2; no padding, extension or CSRC. */
const FIRST_BYTE = 0x80;
const MARKER = 0x8000;
const ROC_BYTES = 4;
/** The longest that a slot of memory may be. */
const MAX_PACKET_BYTES = 8_192;
/** Room for header and tag, which as an HMAC has 20 bytes until it is cut. */
export const MAX_OVERHEAD_BYTES = RTP_HEADER_BYTES + HMAC_SHA1_BYTES;
export const MAX_PAYLOAD_BYTES = MAX_PACKET_BYTES - MAX_OVERHEAD_BYTES;

/** One copy of the payload serves all listeners. */
const plain = reserve(MAX_PAYLOAD_BYTES);
const iv = reserve(16);
/** An `int`: how many bytes were written. Always as many as were given: both ciphers are stream ciphers. */
const written = reserve(4);
/** `EVP_CipherFinal_ex` asks for room of one block, and leaves it as it is. */
const nothingMore = reserve(16);
const ivWord = iv.offset / 4;

export interface FanOutPacket {
  /**
   * From 0; rises by one a packet, and never by 2¹⁵ at once, which no receiver could follow. Lower than the newest for a
   * packet that came late.
   */
  readonly index: number;
  readonly timestamp: number;
  readonly marker: boolean;
  /** Copied before anything is sent. Empty: nothing is sent. */
  readonly payload: Buffer;
}

/** A packet as far as it is the same for all listeners, its header as memory has it; the payload lies in shared memory. */
export interface CommonPacket {
  readonly index: number;
  readonly payloadBytes: number;
  readonly head: number;
  readonly timestamp: number;
  readonly ssrc: number;
}

/** Until the next call. @param payload `MAX_PAYLOAD_BYTES` at most */
export function commonPacket(ssrc: number, { index, timestamp, marker, payload }: FanOutPacket): CommonPacket {
  plain.bytes.set(payload);
  const head = FIRST_BYTE | (marker ? MARKER : 0);
  return { index, payloadBytes: payload.length, head, timestamp: swap32(timestamp), ssrc: swap32(ssrc) };
}

/**
 * Writes the SRTP packet of one listener (RFC 3711, RFC 7714). Once per packet and listener: nothing is allocated here.
 *
 * @param offset in shared memory, of a slot with room for payload and `MAX_OVERHEAD_BYTES`; a multiple of 4
 * @returns its length; 0 when OpenSSL refused
 */
export function sealForListener(table: ListenerTable, row: number, offset: number, packet: CommonPacket): number {
  const index = packet.index + (table.numbers[row * ROW_NUMBERS + SHIFT] ?? 0);
  const roc = swap32(Math.floor(index / 0x10000));
  const sequenceNumber = swap16(index & 0xffff);
  const payloadType = table.words[row * ROW_WORDS + PAYLOAD_TYPE] ?? 0;
  const word = offset / 4;
  arenaWords[word] = packet.head | (payloadType << 8) | (sequenceNumber << 16);
  arenaWords[word + 1] = packet.timestamp;
  arenaWords[word + 2] = packet.ssrc;

  const cipher = table.ciphers[row];
  const hmac = table.hmacs[row];
  if (cipher === undefined) return 0;
  const { words } = table;
  const at = row * ROW_WORDS + IV;
  const end = offset + RTP_HEADER_BYTES + packet.payloadBytes;
  const header = arenaAddress + offset;
  const body = header + RTP_HEADER_BYTES;
  arenaWords[ivWord] = words[at] ?? 0;

  if (hmac === undefined) {
    // AEAD_AES_128_GCM, RFC 7714 section 8: SSRC, ROC and sequence number lie in the bytes 2–5, 6–9, 10 and 11 of the IV.
    arenaWords[ivWord + 1] = (words[at + 1] ?? 0) ^ (roc << 16);
    arenaWords[ivWord + 2] = (words[at + 2] ?? 0) ^ ((roc >>> 16) | (sequenceNumber << 16));
    const isSealed =
      EVP_CipherInit_ex(cipher, null, null, null, iv.address, KEEP_DIRECTION) === 1 &&
      EVP_CipherUpdate(cipher, null, written.address, header, RTP_HEADER_BYTES) === 1 &&
      EVP_CipherUpdate(cipher, body, written.address, plain.address, packet.payloadBytes) === 1 &&
      EVP_CipherFinal_ex(cipher, nothingMore.address, written.address) === 1 &&
      EVP_CIPHER_CTX_ctrl(cipher, AEAD_GET_TAG, TAG_BYTES.AEAD_AES_128_GCM, arenaAddress + end) === 1;
    return isSealed ? end - offset + TAG_BYTES.AEAD_AES_128_GCM : 0;
  }

  // AES_CM_128_HMAC_SHA1_80, RFC 3711 sections 4.1.1 and 4.2: they lie in the bytes 4–7, 8–11, 12 and 13.
  arenaWords[ivWord + 1] = words[at + 1] ?? 0;
  arenaWords[ivWord + 2] = (words[at + 2] ?? 0) ^ roc;
  arenaWords[ivWord + 3] = (words[at + 3] ?? 0) ^ sequenceNumber;
  // The ROC is authenticated and not sent: the tag takes its place.
  for (let byte = 0; byte < ROC_BYTES; byte += 1) arenaBytes[end + byte] = roc >>> (8 * byte);
  const isSealed =
    EVP_CipherInit_ex(cipher, null, null, null, iv.address, KEEP_DIRECTION) === 1 &&
    EVP_CipherUpdate(cipher, body, written.address, plain.address, packet.payloadBytes) === 1 &&
    HMAC_Init_ex(hmac, null, 0, null, null) === 1 &&
    HMAC_Update(hmac, header, end - offset + ROC_BYTES) === 1 &&
    HMAC_Final(hmac, arenaAddress + end, null) === 1;
  return isSealed ? end - offset + TAG_BYTES.AES_CM_128_HMAC_SHA1_80 : 0;
}

/** Between network byte order and the words of memory, which are little-endian wherever the engine runs. */
function swap32(value: number): number {
  return (value << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24);
}

function swap16(value: number): number {
  return ((value & 0xff) << 8) | (value >>> 8);
}
