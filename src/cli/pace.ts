import { setTimeout as sleep } from 'node:timers/promises';

const SAMPLES_PER_MS = 48;
/** Further behind than this, the machine slept: what is due would only be a burst of old sound. */
const MAX_LAG_MS = 500;

/** Says when each packet is due. Every time is counted from the first one, so that late timers do not add up. */
export class Pace {
  private startedAtMs: number | undefined;
  private samples48k = 0;

  constructor(
    private readonly nowMs = () => performance.now(),
    private readonly wait = (ms: number, signal: AbortSignal): Promise<void> => sleep(ms, undefined, { signal }),
  ) {}

  /**
   * Waits until the next packet, which lasts `durationSamples48k`, is due.
   *
   * @throws AbortError when `signal` is aborted
   */
  async next(durationSamples48k: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.startedAtMs ??= this.nowMs();
    const waitMs = this.startedAtMs + this.samples48k / SAMPLES_PER_MS - this.nowMs();
    if (waitMs < -MAX_LAG_MS) this.startedAtMs -= waitMs;
    this.samples48k += durationSamples48k;
    if (waitMs > 0) await this.wait(waitMs, signal);
  }
}
