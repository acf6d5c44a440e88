import { setTimeout as sleep } from 'node:timers/promises';
import { percentile } from './statistics.js';

const TIMEOUT_MS = 10_000;

/** Reads some paths again and again, as Prometheus and an operator's page do, until it is closed. */
export class ScrapeProbe {
  private readonly readMs = new Map<string, number[]>();
  private failures = 0;
  private closed = false;
  private readonly done: Promise<void>;

  constructor(
    private readonly url: string,
    private readonly paths: readonly string[],
    private readonly intervalMs: number,
  ) {
    this.done = this.run();
  }

  /** Calls that were answered. */
  answered(path: string): number {
    return this.readMs.get(path)?.length ?? 0;
  }

  p99Ms(path: string): number | undefined {
    return percentile(this.readMs.get(path) ?? [], 0.99);
  }

  get failed(): number {
    return this.failures;
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.done;
  }

  private async run(): Promise<void> {
    while (!this.closed) {
      const round = sleep(this.intervalMs);
      for (const path of this.paths) await this.read(path);
      await round;
    }
  }

  private async read(path: string): Promise<void> {
    const startedMs = performance.now();
    try {
      const response = await fetch(this.url + path, { signal: AbortSignal.timeout(TIMEOUT_MS) });
      await response.text();
      if (!response.ok) throw new Error(`${path} answered ${response.status}`);
      const times = this.readMs.get(path) ?? [];
      times.push(performance.now() - startedMs);
      this.readMs.set(path, times);
    } catch {
      this.failures++;
    }
  }
}
