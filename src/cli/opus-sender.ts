import { OfferingPeer, PAYLOAD_TYPE, type Exchange } from './offering-peer.js';
import type { OpusPacket } from './ogg-opus.js';
import { RtpStream } from './rtp-stream.js';

/** A live server reports what it receives at least every 7.5 s (RFC 3550, 6.2); one that is gone says no goodbye. */
const SILENCE_TIMEOUT_MS = 10_000;

/** One WebRTC connection that sends Opus and receives nothing but reports. */
export class OpusSender {
  private readonly rtp = new RtpStream(PAYLOAD_TYPE);
  private readonly peer: OfferingPeer;
  private heardAtMs: number | undefined;

  private constructor(stereo: boolean) {
    const channels = stereo ? 'stereo=1;sprop-stereo=1' : 'stereo=0;sprop-stereo=0';
    this.peer = new OfferingPeer('SendOnly', (media) => {
      media.addOpusCodec(PAYLOAD_TYPE, `minptime=10;useinbandfec=1;${channels}`);
      media.addSSRC(this.rtp.ssrc, 'azaan-file', 'azaan-file', 'azaan-file-audio');
    });
    this.peer.onDatagram(() => {
      this.heardAtMs = performance.now();
    });
  }

  /**
   * Negotiates and connects.
   *
   * @throws BroadcastError when the exchange fails, or no connection follows within 15 s
   */
  static async connect(exchange: Exchange, stereo: boolean, signal: AbortSignal): Promise<OpusSender> {
    const sender = new OpusSender(stereo);
    try {
      await sender.peer.connect(exchange, signal);
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
