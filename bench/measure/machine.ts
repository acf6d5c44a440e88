import { availableParallelism, cpus, release, totalmem, type } from 'node:os';

export interface Machine {
  readonly cores: number;
  readonly cpu: string;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
}

export function describeMachine(): Machine {
  return {
    cores: availableParallelism(),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release().split('-')[0] ?? ''}`,
    node: process.version,
  };
}

/** Busy share of all cores between two moments, 0–1: a machine that is full measures its own shortage. */
export class CoreLoad {
  private before = read();

  sinceLast(): number {
    const now = read();
    const busy = 1 - (now.idle - this.before.idle) / Math.max(1, now.total - this.before.total);
    this.before = now;
    return busy;
  }
}

function read(): { idle: number; total: number } {
  const times = cpus().map((cpu) => cpu.times);
  const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);
  return { idle: sum(times.map((t) => t.idle)), total: sum(times.flatMap((t) => Object.values(t))) };
}
