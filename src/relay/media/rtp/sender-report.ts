import { RTCP_TYPES, rtcpPacket, sourceDescription, type RtcpIdentity } from './rtcp-compound.js';

/** Opus always counts 48,000 timestamp units a second (RFC 7587, section 4.1). */
const SAMPLES_PER_MS = 48;
/** NTP counts from 1900 (RFC 5905, section 6). */
const NTP_EPOCH_SECONDS = 2_208_988_800;
const SENDER_INFO_BYTES = 24;

/** A packet of the stream, and when it was sent. */
export interface SentPacket {
  readonly timestamp: number;
  /** On a monotonic clock. */
  readonly atMs: number;
}

/** What was sent so far under one SSRC; both counts go on beyond 32 bits, and are told modulo 2^32. */
export interface SentTotals {
  readonly packets: number;
  /** Of payload alone, without headers and padding. */
  readonly payloadBytes: number;
}

/** The timestamp that a packet of now would carry, by the one that was sent last (RFC 3550, 6.4.1). */
export function timestampAt({ timestamp, atMs }: SentPacket, nowMs: number): number {
  return (timestamp + Math.round((nowMs - atMs) * SAMPLES_PER_MS)) >>> 0;
}

/**
 * A compound of a sender report and a source description (RFC 3550, 6.4.1 and 6.5), by which a listener sets its clock.
 *
 * @param wallClockMs the instant as `Date.now()` gives it
 * @param timestamp the same instant in the stream: see {@link timestampAt}
 */
export function senderReport(identity: RtcpIdentity, wallClockMs: number, timestamp: number, sent: SentTotals): Buffer {
  const info = Buffer.alloc(SENDER_INFO_BYTES);
  const seconds = Math.floor(wallClockMs / 1_000);
  info.writeUInt32BE(identity.ssrc, 0);
  // 32 bits: the era that begins in 2036 starts again from 0.
  info.writeUInt32BE((seconds + NTP_EPOCH_SECONDS) % 2 ** 32, 4);
  info.writeUInt32BE(Math.floor(((wallClockMs - seconds * 1_000) / 1_000) * 2 ** 32), 8);
  info.writeUInt32BE(timestamp, 12);
  info.writeUInt32BE(sent.packets % 2 ** 32, 16);
  info.writeUInt32BE(sent.payloadBytes % 2 ** 32, 20);
  return Buffer.concat([rtcpPacket(RTCP_TYPES.senderReport, 0, info), sourceDescription(identity)]);
}
