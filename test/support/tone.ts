import wrtc from 'wrtc';

const SAMPLE_RATE = 48_000;
const FRAME_MS = 10;
const FRAME_SAMPLES = (SAMPLE_RATE * FRAME_MS) / 1_000;
/** A quarter of full scale: loud, and far from clipping. */
const AMPLITUDE = 8_192;

const LOWEST_HZ = 100;
const HIGHEST_HZ = 4_000;
const STEP_HZ = 50;
/** Root mean square below which there is nothing to hear. */
const SILENCE_RMS = 200;

export interface Tone {
  readonly frequencyHz: number;
  /** Of the whole energy, 0 to 1. */
  readonly share: number;
}

/** A microphone that hears one pure tone, for libwebrtc peers. */
export class ToneSource {
  readonly track: MediaStreamTrack;
  private readonly source = new wrtc.nonstandard.RTCAudioSource();
  private readonly startedAtMs = performance.now();
  private readonly timer: NodeJS.Timeout;
  private readonly radiansPerSample: number;
  private sentSamples = 0;
  private closed = false;

  constructor(frequencyHz: number) {
    this.radiansPerSample = (2 * Math.PI * frequencyHz) / SAMPLE_RATE;
    this.track = this.source.createTrack();
    this.timer = setInterval(() => this.catchUp(), FRAME_MS);
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    clearInterval(this.timer);
    this.track.stop();
  }

  /** Timers come late on a busy machine; the sound goes on without a gap all the same. */
  private catchUp(): void {
    const dueSamples = ((performance.now() - this.startedAtMs) * SAMPLE_RATE) / 1_000;
    while (this.sentSamples + FRAME_SAMPLES <= dueSamples) {
      const samples = Int16Array.from({ length: FRAME_SAMPLES }, (_, index) =>
        Math.round(AMPLITUDE * Math.sin(this.radiansPerSample * (this.sentSamples + index))),
      );
      this.source.onData({ samples, sampleRate: SAMPLE_RATE, bitsPerSample: 16, channelCount: 1 });
      this.sentSamples += FRAME_SAMPLES;
    }
  }
}

/** The strongest frequency of a few thousand samples, by Goertzel's algorithm; undefined when they are silent. */
export function dominantTone(samples: Int16Array, sampleRate: number): Tone | undefined {
  const energy = samples.reduce((sum, sample) => sum + sample * sample, 0);
  if (Math.sqrt(energy / samples.length) < SILENCE_RMS) return undefined;
  let strongest = { frequencyHz: 0, power: 0 };
  for (let frequencyHz = LOWEST_HZ; frequencyHz <= HIGHEST_HZ; frequencyHz += STEP_HZ) {
    const power = goertzelPower(samples, frequencyHz / sampleRate);
    if (power > strongest.power) strongest = { frequencyHz, power };
  }
  // Parseval: a pure tone of N samples and energy E has the power E·N/2 in its bin.
  return { frequencyHz: strongest.frequencyHz, share: strongest.power / ((energy * samples.length) / 2) };
}

/** @param cyclesPerSample the frequency looked for */
function goertzelPower(samples: Int16Array, cyclesPerSample: number): number {
  const coefficient = 2 * Math.cos(2 * Math.PI * cyclesPerSample);
  let last = 0;
  let beforeLast = 0;
  for (const sample of samples) {
    const next = sample + coefficient * last - beforeLast;
    beforeLast = last;
    last = next;
  }
  return last * last + beforeLast * beforeLast - coefficient * last * beforeLast;
}
