const WINDOW_MS = 60_000;
/** Fewer may be one person who tries again. */
const FEW = 5;
/** As the alert has it. */
const MANY_OF_ALL = 0.05;

/** Whether joins fail now: what the server counts since its start, compared with a minute ago. */
export class JoinTrend {
  /** @type {{ timeMs: number, asked: number, failed: number }[]} */
  #readings = [];

  get isFailing() {
    const [first, last] = [this.#readings[0], this.#readings.at(-1)];
    if (!first || !last) return false;
    const failed = last.failed - first.failed;
    return failed >= FEW && failed > MANY_OF_ALL * (last.asked - first.asked);
  }

  /**
   * @param {number} timeMs not before the last one
   * @param {import('./admin-api.js').Status['joins']} joins
   */
  add(timeMs, { ok, bad_offer, capacity, unavailable }) {
    const failed = bad_offer + capacity + unavailable;
    const reading = { timeMs, asked: ok + failed, failed };
    const hasRestarted = reading.asked < (this.#readings.at(-1)?.asked ?? 0);
    const kept = hasRestarted ? [] : this.#readings.filter((each) => timeMs - each.timeMs <= WINDOW_MS);
    this.#readings = [...kept, reading];
  }
}
