const INTERVAL_MS = 100;
const SILENCE_DBFS = -100;

/** Measures how loud a stream is, ten times a second, in dBFS (0 is full scale, -100 is silence). */
export class LevelMeter {
  #closed = false;
  #context = new AudioContext();
  #analyser = new AnalyserNode(this.#context, { fftSize: 4096 });
  #samples = new Float32Array(this.#analyser.fftSize);
  /** @type {MediaStreamAudioSourceNode | undefined} */
  #source;
  #timer;

  /** @param {(level: { rmsDbfs: number, peakDbfs: number }) => void} onLevel */
  constructor(onLevel) {
    this.#timer = setInterval(() => {
      if (this.#context.state === 'running') onLevel(this.#measure());
      // Held back by the system, as iPhones do for a phone call, and not always given back. It is no silence.
      else this.#context.resume().catch(() => {});
    }, INTERVAL_MS);
  }

  /** @param {MediaStream} stream measured from now on, instead of the one before */
  measure(stream) {
    this.#source?.disconnect();
    this.#source = this.#context.createMediaStreamSource(stream);
    this.#source.connect(this.#analyser);
  }

  close() {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#timer);
    this.#context.close().catch(() => {});
  }

  #measure() {
    this.#analyser.getFloatTimeDomainData(this.#samples);
    let peak = 0;
    let sumOfSquares = 0;
    for (const sample of this.#samples) {
      peak = Math.max(peak, Math.abs(sample));
      sumOfSquares += sample * sample;
    }
    return { rmsDbfs: dbfs(Math.sqrt(sumOfSquares / this.#samples.length)), peakDbfs: dbfs(peak) };
  }
}

/** @param {number} amplitude 0 to 1 */
function dbfs(amplitude) {
  return amplitude > 0 ? Math.max(SILENCE_DBFS, 20 * Math.log10(amplitude)) : SILENCE_DBFS;
}
