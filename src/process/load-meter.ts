import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 20;
const NANOSECONDS_PER_MS = 1e6;

export interface Load {
  /** User and system time of this process since its start. */
  readonly cpuMicros: number;
  readonly rssBytes: number;
  /** Longest delay of the event loop since the last reading. */
  readonly eventLoopLagMs: number;
}

/** What this process costs: the server, and each media worker, which runs without Nest. */
export class LoadMeter {
  private readonly delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  constructor() {
    this.delays.enable();
  }

  read(): Load {
    const { user, system } = process.cpuUsage();
    const lagMs = Math.max(0, this.delays.max / NANOSECONDS_PER_MS - RESOLUTION_MS);
    this.delays.reset();
    return {
      cpuMicros: user + system,
      rssBytes: process.memoryUsage.rss(),
      eventLoopLagMs: Math.round(lagMs * 10) / 10,
    };
  }

  close(): void {
    this.delays.disable();
  }
}
