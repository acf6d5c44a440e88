/** RTP and RTCP as far as a load generator needs them (RFC 3550). */

export const RTP_HEADER_BYTES = 12;
const RECEIVER_REPORT = 201;
const RECEIVER_REPORT_BYTES = 32;

export interface RtpView {
  readonly sequence: number;
  readonly ssrc: number;
  readonly payloadOffset: number;
}

/** Reads a packet's header; undefined for RTCP (told apart as in RFC 5761) and for what is not RTP. */
export function readRtp(packet: Buffer): RtpView | undefined {
  if (packet.length < RTP_HEADER_BYTES || packet.readUInt8(0) >> 6 !== 2) return undefined;
  const second = packet.readUInt8(1);
  if (second >= 192 && second <= 223) return undefined;
  const first = packet.readUInt8(0);
  let payloadOffset = RTP_HEADER_BYTES + (first & 0x0f) * 4;
  if (first & 0x10) {
    if (packet.length < payloadOffset + 4) return undefined;
    payloadOffset += 4 + packet.readUInt16BE(payloadOffset + 2) * 4;
  }
  if (packet.length < payloadOffset) return undefined;
  return { sequence: packet.readUInt16BE(2), ssrc: packet.readUInt32BE(8), payloadOffset };
}

export interface RtpHeader {
  readonly payloadType: number;
  readonly sequence: number;
  readonly timestamp: number;
  readonly ssrc: number;
}

/** Writes a header without extensions to the start of `packet`; numbers wrap as RTP does. */
export function writeRtpHeader(packet: Buffer, header: RtpHeader): void {
  packet.writeUInt8(0x80, 0);
  packet.writeUInt8(header.payloadType, 1);
  packet.writeUInt16BE(header.sequence & 0xffff, 2);
  packet.writeUInt32BE(header.timestamp >>> 0, 4);
  packet.writeUInt32BE(header.ssrc, 8);
}

export interface ReceptionReport {
  readonly reporterSsrc: number;
  readonly mediaSsrc: number;
  readonly highestSequence: number;
  readonly totalLost: number;
}

/** A receiver report with one block (RFC 3550, 6.4.2): what a live browser sends every few seconds. */
export function receiverReport(report: ReceptionReport): Buffer {
  const packet = Buffer.alloc(RECEIVER_REPORT_BYTES);
  packet.writeUInt8(0x81, 0);
  packet.writeUInt8(RECEIVER_REPORT, 1);
  packet.writeUInt16BE(RECEIVER_REPORT_BYTES / 4 - 1, 2);
  packet.writeUInt32BE(report.reporterSsrc, 4);
  packet.writeUInt32BE(report.mediaSsrc, 8);
  packet.writeUInt32BE(Math.min(report.totalLost, 0x7fffff), 12);
  packet.writeUInt32BE(report.highestSequence >>> 0, 16);
  return packet;
}
