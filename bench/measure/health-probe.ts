import { setTimeout as sleep } from 'node:timers/promises';
import { percentile } from './statistics.js';

const INTERVAL_MS = 100;

/** Asks `GET /healthz` ten times a second, one at a time, until it is closed. */
export class HealthProbe {
  private readonly answeredMs: number[] = [];
  private failures = 0;
  private closed = false;
  private readonly done: Promise<void>;

  constructor(private readonly client: { health(): Promise<unknown> }) {
    this.done = this.run();
  }

  result(): { readonly probes: number; readonly failures: number; readonly p99Ms: number | undefined } {
    const probes = this.answeredMs.length + this.failures;
    return { probes, failures: this.failures, p99Ms: percentile(this.answeredMs, 0.99) };
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.done;
  }

  private async run(): Promise<void> {
    while (!this.closed) {
      const askedMs = performance.now();
      try {
        await this.client.health();
        this.answeredMs.push(performance.now() - askedMs);
      } catch {
        this.failures++;
      }
      await sleep(INTERVAL_MS);
    }
  }
}
