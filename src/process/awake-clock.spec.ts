import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { AwakeClock } from './awake-clock.js';

let clock: AwakeClock;

beforeEach(() => {
  vi.useFakeTimers();
  clock = new AwakeClock();
});

afterEach(() => {
  clock.close();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** Time passes, and no timer runs. */
function away(ms: number): void {
  const nowMs = performance.now();
  vi.spyOn(performance, 'now').mockReturnValue(nowMs + ms);
}

it('goes with the time', () => {
  const from = clock.now();
  vi.advanceTimersByTime(12_345);
  expect(clock.now() - from).toBe(12_345);
});

it('counts an absence as one beat', () => {
  vi.advanceTimersByTime(5_000);
  const before = clock.now();
  away(20_000);
  expect(clock.now() - before).toBe(200);
  expect(clock.now() - before).toBe(200);
});

it('counts work that takes a while as it is', () => {
  const before = clock.now();
  away(900);
  expect(clock.now() - before).toBe(900);
});

it('beats no more once it is closed', () => {
  clock.close();
  expect(vi.getTimerCount()).toBe(0);
});
