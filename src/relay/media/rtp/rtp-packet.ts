/** RTP, RFC 3550 section 5.1, as far as an Opus relay reads it. */

export const RTP_HEADER_BYTES = 12;
/** More than any Opus packet that fits one datagram on a usual path; larger ones are not audio meant for the relay. */
export const MAX_RTP_BYTES = 1_400;

const VERSION = 2;
const ONE_BYTE_PROFILE = 0xbede;
const ONE_BYTE_STOP_ID = 15;

export interface RtpPacket {
  readonly payloadType: number;
  readonly marker: boolean;
  readonly sequenceNumber: number;
  readonly timestamp: number;
  readonly ssrc: number;
  /** A view into the datagram, without header extensions, CSRCs and padding. Never empty. */
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
 * @returns undefined when the datagram is not well-formed RTP with a payload
 */
export function parseRtp(datagram: Buffer, audioLevelExtensionId: number | undefined): RtpPacket | undefined {
  if (datagram.length <= RTP_HEADER_BYTES) return undefined;
  const first = datagram.readUInt8(0);
  if (first >> 6 !== VERSION) return undefined;

  let start = RTP_HEADER_BYTES + (first & 0x0f) * 4;
  let audioLevelDbov: number | undefined;
  if ((first & 0x10) !== 0) {
    if (start + 4 > datagram.length) return undefined;
    const profile = datagram.readUInt16BE(start);
    const end = start + 4 + datagram.readUInt16BE(start + 2) * 4;
    if (end > datagram.length) return undefined;
    if (profile === ONE_BYTE_PROFILE && audioLevelExtensionId !== undefined) {
      audioLevelDbov = readAudioLevel(datagram.subarray(start + 4, end), audioLevelExtensionId);
    }
    start = end;
  }

  let end = datagram.length;
  if ((first & 0x20) !== 0) {
    const padding = datagram.readUInt8(end - 1);
    if (padding === 0) return undefined;
    end -= padding;
  }
  if (end <= start) return undefined;

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

/** One-byte header extensions, RFC 8285 section 4.2; the level is the low seven bits, in -dBov. */
function readAudioLevel(extensions: Buffer, wantedId: number): number | undefined {
  for (let at = 0; at < extensions.length;) {
    const head = extensions.readUInt8(at);
    if (head === 0) {
      at += 1;
      continue;
    }
    const id = head >> 4;
    if (id === ONE_BYTE_STOP_ID) return undefined;
    const value = at + 1;
    if (id === wantedId && value < extensions.length) return -(extensions.readUInt8(value) & 0x7f);
    at = value + (head & 0x0f) + 1;
  }
  return undefined;
}
