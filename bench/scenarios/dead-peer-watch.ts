import { setTimeout as sleep } from 'node:timers/promises';

const INTERVAL_MS = 250;
const TIMEOUT_MS = 10_000;

/** Watches in `GET /broadcast` how long listeners that were killed stay listed. */
export class DeadPeerWatch {
  private readonly killedAtMs = new Map<string, number>();
  private readonly goneAfterMs: number[] = [];
  private closed = false;
  private readonly done: Promise<void>;

  constructor(
    private readonly url: string,
    private readonly masjidId: string,
  ) {
    this.done = this.run();
  }

  get killed(): number {
    return this.killedAtMs.size + this.goneAfterMs.length;
  }

  get present(): number {
    return this.killedAtMs.size;
  }

  /** @param labels `version` of listeners that have been killed just now */
  add(labels: readonly string[]): void {
    for (const label of labels) this.killedAtMs.set(label, performance.now());
  }

  /** How long each one that is gone was still listed, in milliseconds. */
  goneMs(): readonly number[] {
    return this.goneAfterMs;
  }

  async untilAllGone(timeoutMs: number): Promise<void> {
    const deadlineMs = performance.now() + timeoutMs;
    while (this.present > 0 && performance.now() < deadlineMs) await sleep(INTERVAL_MS);
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.done;
  }

  private async run(): Promise<void> {
    while (!this.closed) {
      await this.look().catch(() => undefined);
      await sleep(INTERVAL_MS);
    }
  }

  private async look(): Promise<void> {
    const askedMs = performance.now();
    const response = await fetch(`${this.url}/broadcast`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const broadcasts = (await response.json()) as Record<string, { version?: string }[]>;
    const listed = new Set(broadcasts[this.masjidId]?.map(({ version }) => version));
    for (const [label, killedMs] of this.killedAtMs) {
      if (killedMs > askedMs || listed.has(label)) continue;
      this.killedAtMs.delete(label);
      this.goneAfterMs.push(performance.now() - killedMs);
    }
  }
}
