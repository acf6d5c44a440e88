const KEPT_MS = 3_600_000;
/** Readings come every few seconds: longer apart means that nobody looked, and nothing is known of the time between. */
const GAP_MS = 20_000;

/**
 * How a number changed within the last hour, in two columns of equal length: times, and the values that held from then on.
 * A value of null begins a time of which nothing is known.
 */
export class History {
  /** @type {number[]} milliseconds since 1970, rising */
  times = [];
  /** @type {(number | null)[]} */
  values = [];

  /** The largest value that is known; 0 when there is none. */
  get most() {
    return this.values.reduce((/** @type {number} */ most, value) => Math.max(most, value ?? 0), 0);
  }

  /**
   * @param {number} timeMs not before the last one
   * @param {number} value
   */
  add(timeMs, value) {
    const last = this.times.length - 1;
    const previousMs = this.times[last];
    if (previousMs !== undefined && timeMs - previousMs > GAP_MS) this.#append(previousMs, null);
    // A value that stays needs its beginning and its end, and nothing between.
    if (last > 0 && this.values[last] === value && this.values[last - 1] === value) this.times[last] = timeMs;
    else this.#append(timeMs, value);
    this.#forgetBefore(timeMs - KEPT_MS);
  }

  /**
   * @param {number} timeMs
   * @param {number | null} value
   */
  #append(timeMs, value) {
    this.times.push(timeMs);
    this.values.push(value);
  }

  /** @param {number} timeMs */
  #forgetBefore(timeMs) {
    // What held at that time is kept, so that the curve begins at the edge.
    const second = this.times.findIndex((time) => time > timeMs) - 1;
    if (second <= 0) return;
    this.times.splice(0, second);
    this.values.splice(0, second);
    this.times[0] = Math.max(timeMs, this.times[0] ?? timeMs);
  }
}
