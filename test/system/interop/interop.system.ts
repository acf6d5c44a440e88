import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { INFRA, run, succeed } from '../support/machine.js';

const REPOSITORY = resolve(INFRA, '..');
const CLIENTS = ['firefox', 'pion', 'gstreamer', 'aiortc'];
/** Two roles each, and Pion with each of two suites. */
const CALLS = 10;

it('speaks and listens to Firefox, Pion, GStreamer and aiortc', async () => {
  await succeed('npx', ['tsc', '-p', join(REPOSITORY, 'bench/tsconfig.json')]);
  const options = ['--only', CLIENTS.join(','), '--seconds', '6', '--at-once', '3'];
  const interop = [join(REPOSITORY, 'dist/bench/interop.js'), ...options];
  const { code, stdout, stderr } = await run(process.execPath, interop, {}, 110_000);
  expect(code, stdout + stderr).toBe(0);
  expect(stdout.match(/\| ✓ \|$/gm), stdout).toHaveLength(CALLS);
});
