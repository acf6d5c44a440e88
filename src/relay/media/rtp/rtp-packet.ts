/** RTP, RFC 3550 section 5.1, as far as an Opus relay reads it. */
import { readAudioLevelDbov } from './header-extensions.js';

export const RTP_HEADER_BYTES = 12;
/** 120 ms, the longest Opus packet, at 510 kbit/s, the most that Opus spends (RFC 6716, 2.1), and a little. */
export const MAX_RTP_PAYLOAD_BYTES = 7_700;

const VERSION = 2;

export interface RtpPacket {
  readonly payloadType: number;
  readonly marker: boolean;
  readonly sequenceNumber: number;
  readonly timestamp: number;
  readonly ssrc: number;
  /**
   * A view into the datagram, without header extensions, CSRCs and padding. Empty in a packet that only keeps a path open
   * or probes it (RFC 6263, 4.4): such a packet has a sequence number, and no sound.
   */
  readonly payload: Buffer;
  /** 0 (loudest) to -127 (silence), RFC 6464; undefined when the packet does not carry it. */
  readonly audioLevelDbov: number | undefined;
}

/** Whether a datagram of a media transport is RTCP and not RTP (RFC 5761, section 4). */
export function isRtcp(datagram: Buffer): boolean {
  const second = datagram[1] ?? 0;
  return second >= 192 && second <= 223;
}

/**
 * Reads one RTP packet.
 *
 * @param audioLevelExtensionId id that the sender gave to `ssrc-audio-level`, if any
 * @returns undefined when the datagram is not well-formed RTP
 */
export function parseRtp(datagram: Buffer, audioLevelExtensionId: number | undefined): RtpPacket | undefined {
  if (datagram.length < RTP_HEADER_BYTES) return undefined;
  const first = datagram.readUInt8(0);
  if (first >> 6 !== VERSION) return undefined;

  let start = RTP_HEADER_BYTES + (first & 0x0f) * 4;
  let audioLevelDbov: number | undefined;
  if ((first & 0x10) !== 0) {
    if (start + 4 > datagram.length) return undefined;
    const profile = datagram.readUInt16BE(start);
    const end = start + 4 + datagram.readUInt16BE(start + 2) * 4;
    if (end > datagram.length) return undefined;
    if (audioLevelExtensionId !== undefined) {
      audioLevelDbov = readAudioLevelDbov(profile, datagram.subarray(start + 4, end), audioLevelExtensionId);
    }
    start = end;
  }

  let end = datagram.length;
  if ((first & 0x20) !== 0) {
    // The last byte counts the padding, itself included.
    const padding = datagram.readUInt8(end - 1);
    if (padding === 0) return undefined;
    end -= padding;
  }
  if (end < start) return undefined;

  const second = datagram.readUInt8(1);
  return {
    payloadType: second & 0x7f,
    marker: (second & 0x80) !== 0,
    sequenceNumber: datagram.readUInt16BE(2),
    timestamp: datagram.readUInt32BE(4),
    ssrc: datagram.readUInt32BE(8),
    payload: datagram.subarray(start, end),
    audioLevelDbov,
  };
}
