import { TAG_BYTES, type SrtpProfile } from './profile.js';

export const RTP_HEADER_BYTES = 12;
/** What SRTCP never encrypts: the first packet's header and SSRC. */
export const RTCP_HEADER_BYTES = 8;
export const INDEX_WORD_BYTES = 4;
/** Set in the index word when the packet is encrypted (RFC 3711 section 3.4). */
export const ENCRYPTED = 0x8000_0000;
export const MAX_RTCP_INDEX = 0x7fff_ffff;

/** RTP's header with CSRCs and extension (RFC 3550 section 5.1); undefined when it is not one, or not all there. */
export function rtpHeaderBytes(datagram: Buffer): number | undefined {
  if (datagram.length < RTP_HEADER_BYTES) return undefined;
  const first = datagram.readUInt8(0);
  if (first >> 6 !== 2) return undefined;
  let end = RTP_HEADER_BYTES + (first & 0x0f) * 4;
  if ((first & 0x10) !== 0) {
    if (end + 4 > datagram.length) return undefined;
    end += 4 + datagram.readUInt16BE(end + 2) * 4;
  }
  return end > datagram.length ? undefined : end;
}

export interface SrtcpParts {
  readonly rtcp: Buffer;
  readonly indexWord: Buffer;
  readonly tag: Buffer;
  readonly index: number;
  readonly isEncrypted: boolean;
}

/**
 * Where the parts of an SRTCP packet lie. The tag comes before the index word (RFC 7714 section 9.1), or after it (RFC 3711
 * section 3.4).
 *
 * @returns views; undefined when it is none, or too short
 */
export function rtcpParts(profile: SrtpProfile, packet: Buffer): SrtcpParts | undefined {
  const tagBytes = TAG_BYTES[profile];
  const end = packet.length - tagBytes - INDEX_WORD_BYTES;
  if (end < RTCP_HEADER_BYTES || packet.readUInt8(0) >> 6 !== 2) return undefined;
  const isTagFirst = profile === 'AEAD_AES_128_GCM';
  const tagAt = isTagFirst ? end : end + INDEX_WORD_BYTES;
  const wordAt = isTagFirst ? end + tagBytes : end;
  const word = packet.readUInt32BE(wordAt);
  return {
    rtcp: packet.subarray(0, end),
    indexWord: packet.subarray(wordAt, wordAt + INDEX_WORD_BYTES),
    tag: packet.subarray(tagAt, tagAt + tagBytes),
    index: word & MAX_RTCP_INDEX,
    isEncrypted: word >= ENCRYPTED,
  };
}
