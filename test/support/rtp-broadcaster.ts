import { randomBytes } from 'node:crypto';
import { RtpStream } from '../../src/peer-kit/rtp-stream.js';
import { RtpPeer, type RtpPeerOptions } from './rtp-peer.js';

const PACKET_MS = 60;
const CLOCK_UNITS_PER_MS = 48;
const CONNECT_TIMEOUT_MS = 5_000;

/** A broadcaster that sends whatever RTP a test makes, when the test says so. */
export class RtpBroadcaster extends RtpPeer {
  private ticker: NodeJS.Timeout | undefined;

  private constructor(private readonly rtp: RtpStream) {
    super({ ssrc: rtp.ssrc });
  }

  get ssrc(): number {
    return this.rtp.ssrc;
  }

  /** Resolves once packets can be sent. */
  static async start(options: RtpPeerOptions): Promise<RtpBroadcaster> {
    const broadcaster = new RtpBroadcaster(new RtpStream());
    await broadcaster.negotiate('/broadcast', options);
    if (!(await broadcaster.untilOpen(CONNECT_TIMEOUT_MS))) throw new Error('the broadcaster did not connect in time');
    return broadcaster;
  }

  /** Sends the next packet of 60 ms. @returns false when the engine refused it */
  sendNext(payloadBytes = 120): boolean {
    return this.send(this.rtp.next(randomBytes(payloadBytes), PACKET_MS * CLOCK_UNITS_PER_MS));
  }

  /** Sends a packet every 60 ms until it is closed. */
  speak(): void {
    this.ticker ??= setInterval(() => this.sendNext(), PACKET_MS);
  }

  override close(): void {
    clearInterval(this.ticker);
    super.close();
  }
}
