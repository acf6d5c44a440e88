import type { BroadcasterReport } from './media-protocol.js';
import { RateWindow } from './rate-window.js';
import type { SourceSnapshot } from './relay.types.js';

/** What is known of the sound of one broadcast, through all of its broadcasters. */
export class BroadcastSource {
  private readonly rates = new RateWindow();
  private report: BroadcasterReport | undefined;
  /** Monotonic; when the broadcast began, until there is sound. */
  private soundAtMs = performance.now();
  private reportedAtMs = this.soundAtMs;
  private lastPacketAt: Date | undefined;

  /** @param atMs the clock of the worker that reports */
  receive(report: BroadcasterReport, atMs: number): void {
    this.report = report;
    this.reportedAtMs = performance.now();
    this.rates.add(report, atMs);
    this.lastPacketAt = new Date(Date.now() - report.idleMs);
    if (report.soundAgeMs !== undefined) this.soundAtMs = this.reportedAtMs - report.soundAgeMs;
  }

  /** The first packet of a broadcaster came; its reports follow. */
  begin(): void {
    this.clear();
    this.lastPacketAt = new Date();
  }

  /** Nobody speaks any more. */
  clear(): void {
    this.report = undefined;
    this.rates.clear();
  }

  snapshot(): SourceSnapshot {
    // What came after the last report is not known yet, and is no silence.
    const asOfMs = this.report === undefined ? performance.now() : this.reportedAtMs;
    return {
      lastPacketAt: this.lastPacketAt,
      silentForSeconds: Math.floor((asOfMs - this.soundAtMs) / 1_000),
      audioLevelDbov: this.report?.audioLevelDbov,
      levelEstimated: this.report?.levelEstimated ?? false,
      ...this.rates.read(),
    };
  }
}
