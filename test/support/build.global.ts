import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const BUILD_TIMEOUT_MS = 180_000;

/**
 * Compiles the server once for all tests that start it as a process. Set `AZAAN_PREBUILT=1` to run against a `dist/`
 * that is there already.
 */
export default async function build(): Promise<void> {
  if (process.env['AZAAN_PREBUILT'] === '1') return;
  await promisify(execFile)('npm', ['run', '--silent', 'build'], {
    cwd: new URL('../..', import.meta.url),
    timeout: BUILD_TIMEOUT_MS,
  });
  // Every Vitest project runs its own global setup, in this same process: the next one finds the build done.
  process.env['AZAAN_PREBUILT'] = '1';
}
