import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { ProcessLoad } from './process-load.js';

let load: ProcessLoad;
afterEach(() => {
  load.onModuleDestroy();
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
