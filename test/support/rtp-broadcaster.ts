import { randomBytes } from 'node:crypto';
import { RtpStream } from '../../src/cli/rtp-stream.js';
import { RtpPeer, type RtpPeerOptions } from './rtp-peer.js';
import { untilGathered } from './signaling.js';

export const PAYLOAD_TYPE = 111;
const PACKET_MS = 60;
const CLOCK_UNITS_PER_MS = 48;

/** A broadcaster that sends whatever RTP a test makes, when the test says so. */
export class RtpBroadcaster {
  private readonly rtp = new RtpStream(PAYLOAD_TYPE);
  private ticker: NodeJS.Timeout | undefined;

  readonly peer = new RtpPeer('SendOnly', (media) => {
    media.addOpusCodec(PAYLOAD_TYPE);
    media.addSSRC(this.ssrc, 'test', 'test', 'test-audio');
  });

  get ssrc(): number {
    return this.rtp.ssrc;
  }

  /** Resolves once packets can be sent. */
  static async start(options: RtpPeerOptions): Promise<RtpBroadcaster> {
    const broadcaster = new RtpBroadcaster();
    await broadcaster.peer.negotiate('/broadcast', options);
    await untilGathered(() => broadcaster.peer.isOpen);
    return broadcaster;
  }

  /** Sends the next packet of 60 ms. @returns false when the engine refused it */
  sendNext(payloadBytes = 120): boolean {
    return this.peer.send(this.rtp.next(randomBytes(payloadBytes), PACKET_MS * CLOCK_UNITS_PER_MS));
  }

  /** Sends a packet every 60 ms until it is closed. */
  speak(): void {
    this.ticker ??= setInterval(() => this.sendNext(), PACKET_MS);
  }

  close(): void {
    clearInterval(this.ticker);
    this.peer.close();
  }
}
