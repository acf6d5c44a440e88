import wrtc from 'wrtc';
import { LibwebrtcPeer, type LibwebrtcPeerOptions } from './libwebrtc-peer.js';
import { dominantTone, type Tone } from './tone.js';

/** Enough to tell tones 50 Hz apart. */
const WINDOW_MS = 100;
const FRAME_MS = 10;
/** Opus changes a pure tone a little; concealment and noise take far more away. */
const PURE_SHARE = 0.8;
const POLL_MS = 25;
const HEARING_TIMEOUT_MS = 15_000;

export interface ToneListenerOptions extends LibwebrtcPeerOptions {
  /** Instead of one audio transceiver that only receives. */
  readonly prepare?: (peer: RTCPeerConnection) => void;
}

/** A libwebrtc peer that tells which tone it hears. */
export class ToneListener extends LibwebrtcPeer {
  /** As many as `ontrack` gave, by event. */
  readonly streamsOfTracks: number[] = [];
  private frames: Int16Array[] = [];
  private sampleRate = 0;
  private readonly sinks: wrtc.nonstandard.RTCAudioSink[] = [];

  private constructor() {
    super();
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
  static async join({ prepare, ...options }: ToneListenerOptions): Promise<ToneListener> {
    const listener = new ToneListener();
    if (prepare === undefined) listener.peer.addTransceiver('audio', { direction: 'recvonly' });
    else prepare(listener.peer);
    await listener.negotiate('/consumer', options);
    return listener;
  }

  /** The tone of the last 100 ms; undefined when there was none, or no pure one. */
  get tone(): Tone | undefined {
    if (this.frames.length < WINDOW_MS / FRAME_MS) return undefined;
    const samples = Int16Array.from(this.frames.flatMap((frame) => [...frame]));
    const tone = dominantTone(samples, this.sampleRate);
    return tone !== undefined && tone.share >= PURE_SHARE ? tone : undefined;
  }

  /** Of the sound that it decoded so far. */
  async energy(): Promise<number> {
    const stats = [...(await this.peer.getStats()).values()] as { type: string; totalAudioEnergy?: number }[];
    return stats.find(({ type }) => type === 'inbound-rtp')?.totalAudioEnergy ?? 0;
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

  override close(): void {
    for (const sink of this.sinks) sink.stop();
    super.close();
  }
}
