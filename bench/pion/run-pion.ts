import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { repositoryRoot } from '../paths.js';

const run = promisify(execFile);
const COMPILE_TIMEOUT_MS = 180_000;
const RUN_TIMEOUT_MS = 120_000;
/** Where Debian's golang-github-pion-webrtc.v3-dev is. */
const ENVIRONMENT = { GO111MODULE: 'off', GOPATH: '/usr/share/gocode', GOFLAGS: '' };

/**
 * Milliseconds from POST to connected of joins between two ends that are Pion.
 *
 * @returns undefined on a machine without Go and Debian's Pion
 */
export async function measurePion(joins: number, atOnce: number): Promise<readonly number[] | undefined> {
  const directory = await mkdtemp(join(tmpdir(), 'azaan-pion-'));
  try {
    const program = join(directory, 'loop');
    const source = join(repositoryRoot, 'bench/pion/loop.go');
    const env = { ...process.env, ...ENVIRONMENT };
    const isThere = await run('go', ['build', '-o', program, source], { env, timeout: COMPILE_TIMEOUT_MS }).then(
      () => true,
      () => false,
    );
    if (!isThere) return undefined;
    const { stdout } = await run(program, [String(joins), String(atOnce)], { timeout: RUN_TIMEOUT_MS });
    return JSON.parse(stdout) as readonly number[];
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
