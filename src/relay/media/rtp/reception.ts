import type { RtpPacket } from './rtp-packet.js';

const CLOCK_UNITS_PER_MS = 48;
const SENDER_REPORT = 200;
const RECEIVER_REPORT = 201;
const SENDER_REPORT_BYTES = 28;
const RECEIVER_REPORT_BYTES = 32;
/** Delays in reports are counted in 1/65,536 s (RFC 3550, section 6.4.1). */
const REPORT_UNITS_PER_MS = 65.536;
const MAX_CUMULATIVE_LOST = 0x7fffff;

/**
 * What RFC 3550 asks a receiver to know about one sender, and the receiver report that tells the sender so (sections
 * 6.4.2, A.3 and A.8). A browser's bitrate control takes a silent receiver for a bad network.
 */
export class Reception {
  packets = 0;
  payloadBytes = 0;
  lastPacketAtMs = 0;

  private ssrc: number | undefined;
  private firstSequence = 0;
  private highestSequence = 0;
  private packetsOfSsrc = 0;
  private lostBefore = 0;
  private jitter = 0;
  private lastTransit: number | undefined;
  private expectedAtReport = 0;
  private receivedAtReport = 0;
  private senderReport: { readonly middleNtp: number; readonly atMs: number } | undefined;

  /** @param nowMs a monotonic clock */
  receive(packet: RtpPacket, nowMs: number): void {
    if (packet.ssrc !== this.ssrc) this.restart(packet);
    const step = ((packet.sequenceNumber - this.highestSequence) << 16) >> 16;
    if (step > 0) this.highestSequence += step;
    this.packets += 1;
    this.packetsOfSsrc += 1;
    this.payloadBytes += packet.payload.length;
    this.lastPacketAtMs = nowMs;

    const transit = (Math.round(nowMs * CLOCK_UNITS_PER_MS) - packet.timestamp) | 0;
    if (this.lastTransit !== undefined) {
      this.jitter += (Math.abs((transit - this.lastTransit) | 0) - this.jitter) / 16;
    }
    this.lastTransit = transit;
  }

  /** Remembers the sender's clock from an RTCP compound packet that begins with a sender report. */
  receiveRtcp(datagram: Buffer, nowMs: number): void {
    if (datagram.length < SENDER_REPORT_BYTES || datagram.readUInt8(1) !== SENDER_REPORT) return;
    this.senderReport = { middleNtp: datagram.readUInt32BE(10), atMs: nowMs };
  }

  /** Packets that the sequence numbers say are missing, since the first packet. */
  get lost(): number {
    return this.lostBefore + Math.max(0, this.expected - this.packetsOfSsrc);
  }

  /** The next receiver report of `reporterSsrc`, or undefined before the first packet. */
  report(reporterSsrc: number, nowMs: number): Buffer | undefined {
    if (this.ssrc === undefined) return undefined;
    const expected = this.expected - this.expectedAtReport;
    const received = this.packetsOfSsrc - this.receivedAtReport;
    this.expectedAtReport = this.expected;
    this.receivedAtReport = this.packetsOfSsrc;
    const fraction = expected > 0 ? Math.max(0, Math.floor(((expected - received) * 256) / expected)) : 0;
    const cumulative = Math.min(MAX_CUMULATIVE_LOST, Math.max(0, this.expected - this.packetsOfSsrc));

    const report = Buffer.alloc(RECEIVER_REPORT_BYTES);
    report.writeUInt8(0x81, 0);
    report.writeUInt8(RECEIVER_REPORT, 1);
    report.writeUInt16BE(RECEIVER_REPORT_BYTES / 4 - 1, 2);
    report.writeUInt32BE(reporterSsrc, 4);
    report.writeUInt32BE(this.ssrc, 8);
    report.writeUInt32BE(((Math.min(fraction, 255) << 24) | cumulative) >>> 0, 12);
    report.writeUInt32BE(this.highestSequence >>> 0, 16);
    report.writeUInt32BE(Math.round(this.jitter) >>> 0, 20);
    if (this.senderReport !== undefined) {
      report.writeUInt32BE(this.senderReport.middleNtp, 24);
      report.writeUInt32BE(Math.round((nowMs - this.senderReport.atMs) * REPORT_UNITS_PER_MS) >>> 0, 28);
    }
    return report;
  }

  private get expected(): number {
    return this.ssrc === undefined ? 0 : this.highestSequence - this.firstSequence + 1;
  }

  private restart(packet: RtpPacket): void {
    this.lostBefore = this.lost;
    this.ssrc = packet.ssrc;
    this.firstSequence = packet.sequenceNumber;
    this.highestSequence = packet.sequenceNumber;
    this.packetsOfSsrc = 0;
    this.jitter = 0;
    this.lastTransit = undefined;
    this.expectedAtReport = 0;
    this.receivedAtReport = 0;
    this.senderReport = undefined;
  }
}
