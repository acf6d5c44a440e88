/** Pauses of a muezzin are shorter; a microphone that is off is noticed soon enough. */
const SILENT_AFTER_MS = 10_000;
/** Root mean square of a full-scale signal is 0 dB. A room with somebody in it is louder, also to a poor microphone. */
const SILENT_BELOW_DB = -60;

/** Tells a pause from a microphone that is silent. */
export class SilenceWatch {
  #silent = false;
  /** @type {number | undefined} */
  #soundAt;

  /** @param {(silent: boolean) => void} onChange */
  constructor(onChange) {
    this.onChange = onChange;
  }

  get silent() {
    return this.#silent;
  }

  /**
   * @param {number} rmsDb of the sound since the last call
   * @param {number} [nowMs]
   */
  hear(rmsDb, nowMs = performance.now()) {
    if (rmsDb >= SILENT_BELOW_DB || this.#soundAt === undefined) this.#soundAt = nowMs;
    this.#set(nowMs - this.#soundAt >= SILENT_AFTER_MS);
  }

  /** Nothing is heard that could be silent. */
  reset() {
    this.#soundAt = undefined;
    this.#set(false);
  }

  /** @param {boolean} silent */
  #set(silent) {
    if (silent === this.#silent) return;
    this.#silent = silent;
    this.onChange(silent);
  }
}
