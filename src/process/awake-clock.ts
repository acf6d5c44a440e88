const BEAT_MS = 200;
/** No work of this process keeps its event loop this long; a stop (SIGSTOP), a pause of the machine or swapping does. */
const AWAY_AFTER_MS = 1_000;

/**
 * A monotonic clock that stands still while this process's event loop is away. A deadline that is judged by it blames nobody
 * for time in which this process could not have heard of them.
 */
export class AwakeClock {
  private readonly beat = setInterval(() => this.now(), BEAT_MS).unref();
  private awakeMs = 0;
  private touchedAtMs = performance.now();

  /** Milliseconds; an absence counts as one beat. */
  now(): number {
    const nowMs = performance.now();
    const gapMs = nowMs - this.touchedAtMs;
    this.awakeMs += gapMs > AWAY_AFTER_MS ? BEAT_MS : gapMs;
    this.touchedAtMs = nowMs;
    return this.awakeMs;
  }

  close(): void {
    clearInterval(this.beat);
  }
}
