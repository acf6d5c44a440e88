import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it, vi } from 'vitest';
import { LoadMeter } from './load-meter.js';
import { ProcessLoad } from './process-load.js';

let load: ProcessLoad;
afterEach(() => {
  load.onModuleDestroy();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

function block(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

it('notices work that keeps others waiting, and calls it sustained only when it goes on', async () => {
  load = new ProcessLoad();
  expect(load.eventLoopLagMs).toBe(0);
  await sleep(100);
  block(400);
  await expect.poll(() => load.eventLoopLagMs, { timeout: 3_000, interval: 50 }).toBeGreaterThan(250);
  expect(load.sustainedLagMs).toBe(0);
});

it('has of late seconds in a row the least late one, and of a prompt one among them nothing', () => {
  vi.useFakeTimers();
  const read = vi.spyOn(LoadMeter.prototype, 'read');
  load = new ProcessLoad();
  const after = (eventLoopLagMs: number): number => {
    read.mockReturnValue({ eventLoopLagMs, cpuMicros: 0, rssBytes: 0 });
    vi.advanceTimersByTime(1_000);
    return load.sustainedLagMs;
  };
  expect([700, 600, 800, 900, 0, 700, 600].map(after)).toEqual([0, 0, 600, 600, 0, 0, 0]);
  expect(after(650)).toBe(600);
});
