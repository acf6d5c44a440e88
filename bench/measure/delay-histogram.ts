const MAX_MS = 2_000;

/** Delays in whole milliseconds; what is longer than {@link MAX_MS} is counted there. Histograms of processes add up. */
export class DelayHistogram {
  private readonly counts = new Uint32Array(MAX_MS + 1);

  add(delayMs: number): void {
    const bin = Math.min(MAX_MS, Math.max(0, Math.round(delayMs)));
    this.counts[bin] = (this.counts[bin] ?? 0) + 1;
  }

  merge(counts: readonly number[]): void {
    counts.forEach((count, bin) => (this.counts[bin] = (this.counts[bin] ?? 0) + count));
  }

  clear(): void {
    this.counts.fill(0);
  }

  /** The delay that the share `fraction` of all stays within; undefined when there is none. */
  percentile(fraction: number): number | undefined {
    const total = this.counts.reduce((sum, count) => sum + count, 0);
    if (total === 0) return undefined;
    let seen = 0;
    return this.counts.findIndex((count) => (seen += count) >= total * fraction);
  }

  /** Without the empty bins at the end. */
  toJSON(): number[] {
    return Array.from(this.counts.subarray(0, this.counts.findLastIndex((count) => count > 0) + 1));
  }
}
