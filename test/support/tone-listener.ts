import wrtc from 'wrtc';
import { negotiate, untilGathered, type Answer, type PeerLabels } from './signaling.js';
import { dominantTone, type Tone } from './tone.js';

/** Enough to tell tones 50 Hz apart. */
const WINDOW_MS = 100;
const FRAME_MS = 10;
/** Opus changes a pure tone a little; concealment and noise take far more away. */
const PURE_SHARE = 0.8;
const POLL_MS = 25;
const HEARING_TIMEOUT_MS = 15_000;

export interface ToneListenerOptions extends PeerLabels {
  readonly url: string;
  /** Instead of one audio transceiver that only receives. */
  readonly prepare?: (peer: RTCPeerConnection) => void;
  /** Changes the offer on its way to the relay. */
  readonly editOffer?: (sdp: string) => string;
}

/** A libwebrtc peer that tells which tone it hears. */
export class ToneListener {
  readonly peer = new wrtc.RTCPeerConnection();
  /** As many as `ontrack` gave, by event. */
  readonly streamsOfTracks: number[] = [];
  answer!: Answer;
  private frames: Int16Array[] = [];
  private sampleRate = 0;
  private readonly sinks: wrtc.nonstandard.RTCAudioSink[] = [];
  private closed = false;

  private constructor() {
    this.peer.ontrack = ({ track, streams }) => {
      this.streamsOfTracks.push(streams.length);
      const sink = new wrtc.nonstandard.RTCAudioSink(track);
      this.sinks.push(sink);
      sink.ondata = ({ samples, sampleRate }: { samples: Int16Array; sampleRate: number }) => {
        this.sampleRate = sampleRate;
        this.frames = [...this.frames.slice(1 - WINDOW_MS / FRAME_MS), samples];
      };
    };
  }

  /** Resolves once the relay has answered. */
  static async join(options: ToneListenerOptions): Promise<ToneListener> {
    const { url, prepare, editOffer, ...labels } = options;
    const listener = new ToneListener();
    try {
      const { peer } = listener;
      if (prepare === undefined) peer.addTransceiver('audio', { direction: 'recvonly' });
      else prepare(peer);
      await peer.setLocalDescription(await peer.createOffer());
      await untilGathered(() => peer.iceGatheringState === 'complete');
      const offer = peer.localDescription!.sdp;
      listener.answer = await negotiate(url, '/consumer', labels, editOffer?.(offer) ?? offer);
      await peer.setRemoteDescription({ type: 'answer', sdp: listener.answer.sdp });
      return listener;
    } catch (error) {
      listener.close();
      throw error;
    }
  }

  /** The tone of the last 100 ms; undefined when there was none, or no pure one. */
  get tone(): Tone | undefined {
    if (this.frames.length < WINDOW_MS / FRAME_MS) return undefined;
    const samples = Int16Array.from(this.frames.flatMap((frame) => [...frame]));
    const tone = dominantTone(samples, this.sampleRate);
    return tone !== undefined && tone.share >= PURE_SHARE ? tone : undefined;
  }

  /** Resolves to the time that it took. @throws Error that tells what was heard instead */
  async untilHears(frequencyHz: number, timeoutMs = HEARING_TIMEOUT_MS): Promise<number> {
    const startedAtMs = performance.now();
    for (;;) {
      const { tone } = this;
      const waitedMs = performance.now() - startedAtMs;
      if (tone?.frequencyHz === frequencyHz) return waitedMs;
      if (waitedMs > timeoutMs) {
        const heard = tone === undefined ? 'no tone' : `${tone.frequencyHz} Hz`;
        throw new Error(`heard ${heard} instead of ${frequencyHz} Hz, connection ${this.peer.connectionState}`);
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** Says goodbye and is gone. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    for (const sink of this.sinks) sink.stop();
    this.peer.close();
  }
}
