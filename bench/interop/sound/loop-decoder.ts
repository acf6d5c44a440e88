/// <reference lib="dom" />
import wrtc from 'wrtc';
import { OfferingPeer } from '../../../src/peer-kit/offering-peer.js';
import { RtpStream } from '../../../src/peer-kit/rtp-stream.js';
import { opusDurationSamples48k } from '../../../src/relay/media/rtp/opus-packet.js';
import type { Closeable } from '../../scope.js';
import { answerOffer } from './tape.js';

const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Decodes the packets of clients that bring no decoder: they are sent on, over a second connection that knows no relay, to
 * a libwebrtc peer.
 */
export class LoopDecoder implements Closeable {
  private readonly rtp = new RtpStream();
  private readonly sender = new OfferingPeer({ ssrc: this.rtp.ssrc });
  private readonly decoder = new wrtc.RTCPeerConnection();
  private sink: wrtc.nonstandard.RTCAudioSink | undefined;

  private constructor(onPcm: (samples: Int16Array, sampleRate: number) => void) {
    this.decoder.ontrack = ({ track }) => {
      this.sink = new wrtc.nonstandard.RTCAudioSink(track);
      this.sink.ondata = ({ samples, sampleRate }: { samples: Int16Array; sampleRate: number }) => {
        onPcm(samples, sampleRate);
      };
    };
  }

  /** @throws Error when the loop does not connect */
  static async start(onPcm: (samples: Int16Array, sampleRate: number) => void): Promise<LoopDecoder> {
    const loop = new LoopDecoder(onPcm);
    await answerOffer(loop.sender, loop.decoder, () => undefined);
    if (await loop.sender.untilOpen(CONNECT_TIMEOUT_MS)) return loop;
    await loop.close();
    throw new Error('the decoder did not connect');
  }

  /** @param payload of an RTP packet; what is not Opus is passed over */
  decode(payload: Buffer): void {
    const durationSamples48k = opusDurationSamples48k(payload);
    if (durationSamples48k !== undefined) this.sender.send(this.rtp.next(payload, durationSamples48k));
  }

  close(): Promise<void> {
    this.sink?.stop();
    this.decoder.close();
    this.sender.close();
    return Promise.resolve();
  }
}
