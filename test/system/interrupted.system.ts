import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { isRunning } from '../support/processes.js';

const OUTLIVE = new URL('../support/outlive.ts', import.meta.url).href;
/** Starts a program as tests do, prints its process id, and waits. */
const TEST_RUN = `
  import { spawn } from 'node:child_process';
  import { mustNotOutliveUs } from '${OUTLIVE}';
  const child = spawn('sleep', ['60']);
  mustNotOutliveUs(child);
  process.stdout.write(String(child.pid));
  setInterval(() => {}, 1_000);
  process.stdin.once('data', () => process.exit(1));
`;

it.each(['SIGTERM', 'SIGINT', 'SIGHUP', undefined] as const)(
  'a test run that ends by %s leaves no process',
  async (signal) => {
    const testRun = spawn(process.execPath, ['--input-type=module', '-e', TEST_RUN]);
    const ended = once(testRun, 'close');
    const [pid] = (await once(testRun.stdout, 'data')) as [Buffer];
    expect(await isRunning(Number(pid))).toBe(true);
    if (signal === undefined) testRun.stdin.write('exit');
    else testRun.kill(signal);
    expect(await ended).toEqual(signal === undefined ? [1, null] : [null, signal]);
    await expect.poll(() => isRunning(Number(pid))).toBe(false);
  },
);
