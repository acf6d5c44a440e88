import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AwakeClock } from '../process/awake-clock.js';
import { StuckWatch } from './stuck-watch.js';

const CHECK_MS = 2_000;

let clock: AwakeClock;
let cpuMicros: number | undefined;
let watch: StuckWatch;

beforeEach(() => {
  vi.useFakeTimers();
  clock = new AwakeClock();
  cpuMicros = 500_000;
  watch = new StuckWatch(clock, () => cpuMicros);
  watch.reported(500_000);
});

afterEach(() => {
  clock.close();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** What the checks say, one after the other. */
const checks = (count: number, cpuMicrosEach = 0): boolean[] =>
  Array.from({ length: count }, () => {
    vi.advanceTimersByTime(CHECK_MS);
    if (cpuMicros !== undefined) cpuMicros += cpuMicrosEach;
    return watch.check();
  });

describe('a worker that does not report', () => {
  it('is stuck once it has worked for 6 s of its own, at two checks', () => {
    expect(checks(5, 2e6)).toEqual([false, false, false, false, true]);
  });

  it('is not while it gets no CPU, until half a minute is over', () => {
    expect(checks(15)).not.toContain(true);
    expect(checks(2)).toEqual([false, true]);
  });

  it('is stuck after half a minute where its CPU is not known', () => {
    cpuMicros = undefined;
    expect(checks(17).indexOf(true)).toBe(16);
  });

  it('is not when it was this process that was away', () => {
    vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 120_000);
    cpuMicros = 100e6;
    expect(watch.check()).toBe(false);
    watch.reported(100e6);
    expect(watch.check()).toBe(false);
  });
});

it('a worker that reports is never stuck, whatever it uses', () => {
  for (let second = 0; second < 60; second += 1) {
    vi.advanceTimersByTime(1_000);
    cpuMicros! += 10e6;
    watch.reported(cpuMicros!);
    expect(watch.check()).toBe(false);
  }
});
