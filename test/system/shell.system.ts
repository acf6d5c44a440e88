import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from './support/machine.js';

const REPOSITORY = resolve(import.meta.dirname, '../..');
/** Templates are checked as they are rendered, among the tests. */
const FOLDERS = ['infra', 'test', 'tools', 'bench'];
const BATS_TIMEOUT_MS = 110_000;

/** Found by what they begin with: not all have an ending. */
async function shellFiles(): Promise<{ readonly file: string; readonly text: string }[]> {
  const entries = await Promise.all(
    FOLDERS.map((folder) => readdir(join(REPOSITORY, folder), { recursive: true, withFileTypes: true })),
  );
  const paths = entries.flat().filter((entry) => entry.isFile() && !entry.name.endsWith('.tmpl'));
  const files = await Promise.all(
    paths.map(async ({ parentPath, name }) => {
      const file = join(parentPath, name);
      return { file, text: await readFile(file, 'utf8') };
    }),
  );
  return files.filter(({ file, text }) => file.endsWith('.sh') || /^#!.*\b(?:sh|bash|bats)\b/.test(text));
}

describe('the shell scripts', () => {
  it('have nothing that shellcheck minds, with nothing excluded', async () => {
    const files = await shellFiles();
    const names = files.map(({ file }) => file);
    expect(names).toEqual(
      expect.arrayContaining(
        ['infra/lib/answers.sh', 'infra/parts/firewall/apply'].map((file) => join(REPOSITORY, file)),
      ),
    );
    const options = ['--norc', '--external-sources', '--source-path=SCRIPTDIR'];
    expect(await run('shellcheck', [...options, ...names])).toMatchObject({ code: 0, stdout: '' });
    for (const { file, text } of files) expect(text, file).not.toContain('shellcheck disable');
  });

  it('stop at the first thing that fails', async () => {
    // What other scripts read in is governed by theirs.
    for (const { file, text } of await shellFiles()) {
      if (/\.(sh|bats)$/.test(file)) continue;
      expect(text, file).toMatch(/^set -Eeuo pipefail$/m);
    }
  });

  // It stops reading when it knows; with pipefail, whoever still writes then fails, and the condition is wrong.
  it('ask grep -q about text that is whole, and not about what somebody still writes', async () => {
    for (const { file, text } of await shellFiles()) expect(text, file).not.toMatch(/\|\s*grep (-\w+ )*-\w*q/);
  });

  it('do what their bats tests say', async () => {
    const bats = ['--tap', '--recursive', import.meta.dirname];
    const { code, stdout, stderr } = await run('bats', bats, {}, BATS_TIMEOUT_MS);
    expect(code, stdout + stderr).toBe(0);
    expect(stdout).toMatch(/^1\.\.[1-9]/);
  });
});
