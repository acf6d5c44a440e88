import { dominantTone } from '../../../test/support/tone.js';

/** What every broadcaster sends. */
export const TONE_HZ = 1_000;

const WINDOW_MS = 100;
/** Encoding changes a pure tone a little; concealment and noise take far more away. */
const PURE_SHARE = 0.8;
const FULL_SCALE = 32_768;

export interface Heard {
  /** Windows of 100 ms that were decoded. */
  readonly windows: number;
  /** Those that hold the tone, and nothing much beside it. */
  readonly withTone: number;
  /** The longest time in which no such window came, on the clock. */
  readonly longestPauseMs: number;
  /** Root mean square of all windows, in dB below full scale. */
  readonly decibels: number;
  /** The frequency of most windows; undefined when all were silent. */
  readonly frequencyHz: number | undefined;
}

/** Says of decoded sound how much of it is the tone. */
export class ToneMeter {
  private window: number[] = [];
  private readonly frequencies = new Map<number, number>();
  private windows = 0;
  private withTone = 0;
  private squares = 0;
  private lastToneAtMs: number;
  private longestPauseMs = 0;

  constructor(private readonly nowMs: () => number = () => performance.now()) {
    this.lastToneAtMs = nowMs();
  }

  /** Forgets what was heard before. */
  restart(): void {
    this.window = [];
    this.frequencies.clear();
    this.windows = this.withTone = this.squares = this.longestPauseMs = 0;
    this.lastToneAtMs = this.nowMs();
  }

  /** Takes the next samples, however many; they are judged as 100 ms are complete. */
  add(samples: Int16Array, sampleRate: number): void {
    const length = (sampleRate * WINDOW_MS) / 1_000;
    for (const sample of samples) {
      this.window.push(sample);
      if (this.window.length < length) continue;
      this.judge(Int16Array.from(this.window), sampleRate);
      this.window = [];
    }
  }

  heard(): Heard {
    const [most] = [...this.frequencies].sort(([, a], [, b]) => b - a);
    return {
      windows: this.windows,
      withTone: this.withTone,
      longestPauseMs: Math.max(this.longestPauseMs, this.nowMs() - this.lastToneAtMs),
      decibels: 10 * Math.log10(this.squares / Math.max(1, this.windows) / FULL_SCALE ** 2),
      frequencyHz: most?.[0],
    };
  }

  private judge(samples: Int16Array, sampleRate: number): void {
    this.windows++;
    this.squares += samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
    const tone = dominantTone(samples, sampleRate);
    if (tone === undefined) return;
    this.frequencies.set(tone.frequencyHz, (this.frequencies.get(tone.frequencyHz) ?? 0) + 1);
    if (tone.frequencyHz !== TONE_HZ || tone.share < PURE_SHARE) return;
    this.withTone++;
    const nowMs = this.nowMs();
    this.longestPauseMs = Math.max(this.longestPauseMs, nowMs - this.lastToneAtMs);
    this.lastToneAtMs = nowMs;
  }
}
