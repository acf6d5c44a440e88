import type { AwakeClock } from '../process/awake-clock.js';

/** Reports come every second. Whoever works this long without one is in a loop that does not end. */
const STUCK_CPU_MICROS = 6e6;
/** Whoever does not work at all may be stopped, or starved by others: that passes, if it is short. */
const STUCK_SILENT_MS = 30_000;
/** Until then nothing is wrong, and nothing is read. */
const OVERDUE_MS = 2_000;

/** Decides whether a media worker is stuck, by what it does and not by the time alone: an idle clock blames nobody. */
export class StuckWatch {
  private reportedAtMs: number;
  private cpuAtReportMicros = 0;
  private wasStuck = false;

  /** @param cpuMicros what the process has used since its start; undefined where nobody knows */
  constructor(
    private readonly clock: AwakeClock,
    private readonly cpuMicros: () => number | undefined,
  ) {
    this.reportedAtMs = clock.now();
  }

  /** Since the last report, or since the start; without the time in which this process was away. */
  get reportAgeMs(): number {
    return this.clock.now() - this.reportedAtMs;
  }

  reported(cpuMicros: number): void {
    this.reportedAtMs = this.clock.now();
    this.cpuAtReportMicros = cpuMicros;
    this.wasStuck = false;
  }

  /**
   * Whether it is stuck, and was at the last check too: once may be this process's own fault, whose timers run before it reads
   * the reports that wait.
   */
  check(): boolean {
    const isStuck = this.seemsStuck();
    const isCertain = isStuck && this.wasStuck;
    this.wasStuck = isStuck;
    return isCertain;
  }

  private seemsStuck(): boolean {
    const ageMs = this.reportAgeMs;
    if (ageMs > STUCK_SILENT_MS) return true;
    if (ageMs < OVERDUE_MS) return false;
    return (this.cpuMicros() ?? 0) - this.cpuAtReportMicros > STUCK_CPU_MICROS;
  }
}
