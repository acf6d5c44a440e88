import { randomBytes, randomInt } from 'node:crypto';
import { OPUS_PAYLOAD_TYPE } from '../../src/peer-kit/offering-peer.js';
import { RtpPeer, type RtpPeerOptions } from './rtp-peer.js';

const PACKET_MS = 60;
const CLOCK_UNITS_PER_MS = 48;
const CONNECT_TIMEOUT_MS = 5_000;
const VERSION_2 = 0x80;
const PADDING = 0x20;

export interface RtpBroadcasterOptions extends RtpPeerOptions {
  /** Number of its first packet; random when absent. */
  readonly firstSequenceNumber?: number;
}

export interface PacketShape {
  /** How far its number is above that of the packet before; 1 when absent, and more after a gap. */
  readonly numbersAhead?: number;
  /** What its timestamp lies behind that of the packet before; 60 ms when absent. */
  readonly elapsedMs?: number;
  readonly payload?: Buffer;
  /** Bytes of padding behind the payload (RFC 3550, 5.1). */
  readonly paddingBytes?: number;
}

/** A broadcaster that sends whatever RTP a test makes, when the test says so. */
export class RtpBroadcaster extends RtpPeer {
  private timestamp = randomInt(2 ** 32);
  private ticker: NodeJS.Timeout | undefined;

  private constructor(
    ssrc: number,
    private sequenceNumber: number,
  ) {
    super({ ssrc });
  }

  /** Resolves once packets can be sent. */
  static async start({
    firstSequenceNumber = randomInt(2 ** 16),
    ...options
  }: RtpBroadcasterOptions): Promise<RtpBroadcaster> {
    const broadcaster = new RtpBroadcaster(randomInt(1, 2 ** 32), firstSequenceNumber - 1);
    await broadcaster.negotiate('/broadcast', options);
    if (!(await broadcaster.untilOpen(CONNECT_TIMEOUT_MS))) throw new Error('the broadcaster did not connect in time');
    return broadcaster;
  }

  /** Sends the next packet of 60 ms. @returns false when the engine refused it */
  sendNext(payloadBytes = 120): boolean {
    return this.sendShaped({ payload: randomBytes(payloadBytes) });
  }

  /** Sends the next packet, of any shape. @returns false when the engine refused it */
  sendShaped({
    numbersAhead = 1,
    elapsedMs = PACKET_MS,
    payload = randomBytes(120),
    paddingBytes = 0,
  }: PacketShape): boolean {
    this.sequenceNumber = (this.sequenceNumber + numbersAhead) & 0xffff;
    this.timestamp = (this.timestamp + elapsedMs * CLOCK_UNITS_PER_MS) >>> 0;
    const header = Buffer.alloc(12);
    header.writeUInt8(VERSION_2 | (paddingBytes > 0 ? PADDING : 0), 0);
    header.writeUInt8(OPUS_PAYLOAD_TYPE, 1);
    header.writeUInt16BE(this.sequenceNumber, 2);
    header.writeUInt32BE(this.timestamp, 4);
    header.writeUInt32BE(this.ssrc, 8);
    const padding = Buffer.alloc(paddingBytes);
    if (paddingBytes > 0) padding.writeUInt8(paddingBytes, paddingBytes - 1);
    return this.send(Buffer.concat([header, payload, padding]));
  }

  /** Sends a packet every 60 ms until it is closed, or `rest()`. */
  speak(): void {
    this.ticker ??= setInterval(() => this.sendNext(), PACKET_MS);
  }

  rest(): void {
    clearInterval(this.ticker);
    this.ticker = undefined;
  }

  override close(): void {
    this.rest();
    super.close();
  }
}
