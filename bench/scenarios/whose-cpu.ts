import { availableParallelism } from 'node:os';
import type { ListenerFleet } from '../load/listener-fleet.js';
import type { CoreLoad } from '../measure/machine.js';
import { cpuMicrosOf } from '../measure/process-usage.js';
import { number } from '../report/format.js';
import type { RelaySubject } from '../subjects/relay-subject.js';

/** In cores: 1 is one that is busy all the time. */
export interface CpuShares {
  readonly seconds: number;
  readonly mainProcess: number;
  readonly workers: number;
  /** The processes of the listeners, and the broadcaster. */
  readonly generator: number;
  /** The benchmark itself, and the rest of the machine. */
  readonly others: number;
}

/** Whose CPU time it was. */
export class WhoseCpu {
  private readonly before: Record<'main' | 'workers' | 'generator', number>;
  private readonly startedMs = performance.now();

  constructor(
    private readonly relay: RelaySubject,
    private readonly fleet: ListenerFleet,
    private readonly broadcasterPid: number,
    private readonly cores: CoreLoad,
  ) {
    this.before = this.read();
  }

  sinceThen(): CpuShares {
    const seconds = (performance.now() - this.startedMs) / 1_000;
    const now = this.read();
    const inCores = (part: keyof typeof now) => (now[part] - this.before[part]) / 1e6 / seconds;
    const shares = { mainProcess: inCores('main'), workers: inCores('workers'), generator: inCores('generator') };
    const all = this.cores.sinceLast() * availableParallelism();
    const others = Math.max(0, all - shares.mainProcess - shares.workers - shares.generator);
    return { seconds, ...shares, others };
  }

  private read(): Record<'main' | 'workers' | 'generator', number> {
    const { main, workers } = this.relay.usageByPart();
    const generator = this.fleet.cpuMicros() + cpuMicrosOf(this.broadcasterPid);
    return { main: main.cpuMicros, workers: workers.cpuMicros, generator };
  }
}

/** As figures of a table: main process, workers, load generator, all else. */
export function cpuCells({ mainProcess, workers, generator, others }: CpuShares): string {
  return [mainProcess, workers, generator, others].map((cores) => number(cores * 100)).join(' / ');
}
