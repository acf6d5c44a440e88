import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts the CPU time of processes in ticks of USER_HZ, which is 100 on every architecture that Node runs on. */
const MICROS_PER_TICK = 10_000;

export interface ProcessUsage {
  /** User and system time since the start, of all threads, in microseconds. */
  readonly cpuMicros: number;
  readonly rssBytes: number;
}

export interface ProcessStat {
  readonly parentPid: number;
  readonly cpuMicros: number;
}

/** Reads one line of `/proc/<pid>/stat` (proc_pid_stat(5)); the name in parentheses may itself hold both. */
export function parseProcessStat(line: string): ProcessStat {
  const fields = line
    .slice(line.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const [parentPid = NaN, userTicks = NaN, systemTicks = NaN] = [fields[1], fields[11], fields[12]];
  return { parentPid, cpuMicros: (userTicks + systemTicks) * MICROS_PER_TICK };
}

/** Resident memory in bytes from the text of `/proc/<pid>/smaps_rollup`. */
export function parseResidentBytes(rollup: string): number {
  return Number(/^Rss:\s+(\d+) kB$/m.exec(rollup)?.[1]) * 1024;
}

/** User and system time of one process since its start; 0 when it is gone. */
export function cpuMicrosOf(pid: number): number {
  return parseProcessStat(read(`/proc/${pid}/stat`) ?? '').cpuMicros || 0;
}

/** Resident memory of one process; 0 when it is gone. */
export function residentBytesOf(pid: number): number {
  return parseResidentBytes(read(`/proc/${pid}/smaps_rollup`) ?? '') || 0;
}

/** CPU and memory of a process and all that it started. A process that ends meanwhile is left out. */
export function readTreeUsage(rootPid: number): ProcessUsage {
  let cpuMicros = 0;
  let rssBytes = 0;
  for (const [pid, stat] of processTree(rootPid)) {
    cpuMicros += stat.cpuMicros;
    rssBytes += residentBytesOf(pid);
  }
  return { cpuMicros, rssBytes };
}

export function processTree(rootPid: number): Map<number, ProcessStat> {
  const all = new Map<number, ProcessStat>();
  for (const name of readdirSync('/proc')) {
    const line = /^\d+$/.test(name) ? read(`/proc/${name}/stat`) : undefined;
    if (line !== undefined) all.set(Number(name), parseProcessStat(line));
  }
  const tree = new Map<number, ProcessStat>();
  const visit = (pid: number, stat: ProcessStat): void => {
    tree.set(pid, stat);
    for (const [childPid, child] of all) if (child.parentPid === pid) visit(childPid, child);
  };
  const root = all.get(rootPid);
  if (root) visit(rootPid, root);
  return tree;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // The process ended between two looks.
    return undefined;
  }
}
