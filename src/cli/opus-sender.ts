import { OfferingPeer } from '../peer-kit/offering-peer.js';
import { RtpStream } from '../peer-kit/rtp-stream.js';
import type { OpusPacket } from './ogg-opus.js';
import { connectPeer, type BroadcastTarget } from './connect-peer.js';

/** A live server reports what it receives at least every 7.5 s (RFC 3550, 6.2); one that is gone says no goodbye. */
const SILENCE_TIMEOUT_MS = 10_000;

/** One WebRTC connection that sends Opus and receives nothing but reports. */
export class OpusSender {
  private readonly rtp = new RtpStream();
  private readonly peer: OfferingPeer;
  private heardAtMs: number | undefined;

  private constructor(stereo: boolean) {
    const channels = stereo ? 'stereo=1;sprop-stereo=1' : 'stereo=0;sprop-stereo=0';
    this.peer = new OfferingPeer({ ssrc: this.rtp.ssrc, format: `minptime=10;useinbandfec=1;${channels}` });
    this.peer.onDatagram(() => (this.heardAtMs = performance.now()));
  }

  /** Negotiates and connects. @throws BroadcastError */
  static async connect(target: BroadcastTarget, stereo: boolean, signal: AbortSignal): Promise<OpusSender> {
    const sender = new OpusSender(stereo);
    try {
      await connectPeer(sender.peer, target, '/broadcast', signal);
      return sender;
    } catch (error) {
      sender.close();
      throw error;
    }
  }

  /**
   * Sends one packet untouched.
   *
   * @returns false when the connection is lost
   */
  send({ packet, durationSamples48k }: OpusPacket): boolean {
    this.heardAtMs ??= performance.now();
    if (performance.now() - this.heardAtMs > SILENCE_TIMEOUT_MS) return false;
    return this.peer.send(this.rtp.next(packet, durationSamples48k));
  }

  close(): void {
    this.peer.close();
  }
}
