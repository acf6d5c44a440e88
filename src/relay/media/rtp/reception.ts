import { readCompound, RTCP_TYPES, rtcpPacket, sourceDescription, type RtcpIdentity } from './rtcp-compound.js';
import type { RtpPacket } from './rtp-packet.js';

const CLOCK_UNITS_PER_MS = 48;
/** What a sender report says of its sender: SSRC, NTP time, timestamp, two counts. */
const SENDER_INFO_BYTES = 24;
/** The reporter's SSRC and one report block. */
const REPORT_BODY_BYTES = 28;
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

  private ssrc: number | undefined;
  private firstSequence = 0;
  private highestSequence = 0;
  private packetsOfSsrc = 0;
  private lostBefore = 0;
  private jitter = 0;
  private lastTransit: number | undefined;
  private expectedAtReport = 0;
  private receivedAtReport = 0;
  private senderReport: { readonly ssrc: number; readonly middleNtp: number; readonly atMs: number } | undefined;

  /** @param nowMs a monotonic clock */
  receive(packet: RtpPacket, nowMs: number): void {
    if (packet.ssrc !== this.ssrc) this.restart(packet);
    const step = ((packet.sequenceNumber - this.highestSequence) << 16) >> 16;
    if (step > 0) this.highestSequence += step;
    this.packets += 1;
    this.packetsOfSsrc += 1;
    this.payloadBytes += packet.payload.length;

    // What carries no sound often repeats the timestamp of what did, and so says nothing of the network.
    if (packet.payload.length === 0) return;
    const transit = (Math.round(nowMs * CLOCK_UNITS_PER_MS) - packet.timestamp) | 0;
    if (this.lastTransit !== undefined) {
      this.jitter += (Math.abs((transit - this.lastTransit) | 0) - this.jitter) / 16;
    }
    this.lastTransit = transit;
  }

  /** Remembers a sender's clock from the last sender report in a datagram of RTCP. */
  receiveRtcp(datagram: Buffer, nowMs: number): void {
    for (const { type, body } of readCompound(datagram)) {
      if (type !== RTCP_TYPES.senderReport || body.length < SENDER_INFO_BYTES) continue;
      this.senderReport = { ssrc: body.readUInt32BE(0), middleNtp: body.readUInt32BE(6), atMs: nowMs };
    }
  }

  /** Packets that the sequence numbers say are missing, since the first packet. */
  get lost(): number {
    return this.lostBefore + Math.max(0, this.expected - this.packetsOfSsrc);
  }

  /**
   * The next receiver report, in a compound with the source description that RFC 3550, section 6.1 asks for; undefined
   * before the first packet.
   */
  report(reporter: RtcpIdentity, nowMs: number): Buffer | undefined {
    if (this.ssrc === undefined) return undefined;
    const expected = this.expected - this.expectedAtReport;
    const received = this.packetsOfSsrc - this.receivedAtReport;
    this.expectedAtReport = this.expected;
    this.receivedAtReport = this.packetsOfSsrc;
    const fraction = expected > 0 ? Math.max(0, Math.floor(((expected - received) * 256) / expected)) : 0;
    const cumulative = Math.min(MAX_CUMULATIVE_LOST, Math.max(0, this.expected - this.packetsOfSsrc));

    const body = Buffer.alloc(REPORT_BODY_BYTES);
    body.writeUInt32BE(reporter.ssrc, 0);
    body.writeUInt32BE(this.ssrc, 4);
    body.writeUInt32BE(((Math.min(fraction, 255) << 24) | cumulative) >>> 0, 8);
    body.writeUInt32BE(this.highestSequence >>> 0, 12);
    body.writeUInt32BE(Math.round(this.jitter) >>> 0, 16);
    if (this.senderReport?.ssrc === this.ssrc) {
      body.writeUInt32BE(this.senderReport.middleNtp, 20);
      body.writeUInt32BE(Math.round((nowMs - this.senderReport.atMs) * REPORT_UNITS_PER_MS) >>> 0, 24);
    }
    return Buffer.concat([rtcpPacket(RTCP_TYPES.receiverReport, 1, body), sourceDescription(reporter)]);
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
  }
}
