import process from 'node:process';
import { expect, it } from 'vitest';
import { cpuMicrosOf } from './worker-cpu.js';

it.runIf(process.platform === 'linux')('tells what a process has used, as it would itself', () => {
  const { user, system } = process.cpuUsage();
  expect(Math.abs(cpuMicrosOf(process.pid)! - user - system)).toBeLessThan(200_000);
});

it('knows nothing of a process that is gone', () => {
  expect(cpuMicrosOf(2 ** 30)).toBeUndefined();
});
