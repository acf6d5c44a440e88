import { readFileSync } from 'node:fs';

/** `USER_HZ`, 100 on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;
const MICROS_PER_TICK = 1e6 / TICKS_PER_SECOND;
/** `utime` and `stime` among the fields after the name, which may hold anything (proc_pid_stat(5)). */
const CPU_TICKS = /^.*\) (?:\S+ ){11}(\d+) (\d+) /s;

/** User and system time of another process since its start; undefined where `/proc` does not tell. */
export function cpuMicrosOf(pid: number): number | undefined {
  try {
    const [, user, system] = CPU_TICKS.exec(readFileSync(`/proc/${pid}/stat`, 'latin1')) ?? [];
    return user === undefined ? undefined : (Number(user) + Number(system)) * MICROS_PER_TICK;
  } catch {
    return undefined;
  }
}
