import { TAG_BYTES, type SrtpProfile } from './session-keys.js';

export const RTP_HEADER_BYTES = 12;
/** What SRTCP never encrypts: the first packet's header and SSRC. */
export const RTCP_HEADER_BYTES = 8;
/** Set in the index word when the packet is encrypted (RFC 3711 section 3.4). */
export const ENCRYPTED = 0x8000_0000;
export const MAX_RTCP_INDEX = 0x7fff_ffff;
const INDEX_WORD_BYTES = 4;
const VERSION = 2;

/** A protected packet in its parts; views. */
export interface SrtpPacket {
  readonly ssrc: number;
  readonly clear: Buffer;
  readonly body: Buffer;
  readonly tag: Buffer;
}

export interface SrtcpPacket extends SrtpPacket {
  readonly index: number;
  readonly indexWord: Buffer;
}

/** Undefined when it is no RTP, or not all of its header, CSRCs, extension (RFC 3550 section 5.1) and tag are there. */
export function srtpPacket(profile: SrtpProfile, datagram: Buffer): SrtpPacket | undefined {
  const end = datagram.length - TAG_BYTES[profile];
  if (end < RTP_HEADER_BYTES) return undefined;
  const first = datagram.readUInt8(0);
  if (first >> 6 !== VERSION) return undefined;
  let bodyAt = RTP_HEADER_BYTES + (first & 0x0f) * 4;
  if ((first & 0x10) !== 0) {
    if (bodyAt + 4 > end) return undefined;
    bodyAt += 4 + datagram.readUInt16BE(bodyAt + 2) * 4;
  }
  if (bodyAt > end) return undefined;
  return {
    ssrc: datagram.readUInt32BE(8),
    clear: datagram.subarray(0, bodyAt),
    body: datagram.subarray(bodyAt, end),
    tag: datagram.subarray(end),
  };
}

/**
 * Undefined when it is no RTCP, or too short. The tag comes before the index word (RFC 7714 section 9.1), or after it (RFC
 * 3711 section 3.4).
 */
export function srtcpPacket(profile: SrtpProfile, datagram: Buffer): SrtcpPacket | undefined {
  const tagBytes = TAG_BYTES[profile];
  const end = datagram.length - tagBytes - INDEX_WORD_BYTES;
  if (end < RTCP_HEADER_BYTES || datagram.readUInt8(0) >> 6 !== VERSION) return undefined;
  const wordAt = profile === 'AEAD_AES_128_GCM' ? end + tagBytes : end;
  const tagAt = wordAt === end ? end + INDEX_WORD_BYTES : end;
  const word = datagram.readUInt32BE(wordAt);
  const bodyAt = word >= ENCRYPTED ? RTCP_HEADER_BYTES : end;
  return {
    ssrc: datagram.readUInt32BE(4),
    index: word & MAX_RTCP_INDEX,
    clear: datagram.subarray(0, bodyAt),
    body: datagram.subarray(bodyAt, end),
    indexWord: datagram.subarray(wordAt, wordAt + INDEX_WORD_BYTES),
    tag: datagram.subarray(tagAt, tagAt + tagBytes),
  };
}
