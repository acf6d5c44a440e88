import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { INFRA, run } from './support/machine.js';

/** Templates as they are rendered. */
const RENDERED = join(import.meta.dirname, 'golden');

async function shellScripts(): Promise<string[]> {
  const folders = [INFRA, RENDERED].map((folder) => readdir(folder, { recursive: true, withFileTypes: true }));
  const entries = (await Promise.all(folders)).flat().filter((entry) => entry.isFile());
  const files = entries.map((entry) => join(entry.parentPath, entry.name)).filter((file) => !file.endsWith('.tmpl'));
  const heads = await Promise.all(files.map(async (file) => (await readFile(file, 'utf8')).slice(0, 80)));
  return files.filter((_, index) => /^#!.*\b(ba)?sh\b/.test(heads[index]!));
}

describe('the shell scripts of infra', () => {
  it('have nothing that shellcheck minds, with nothing excluded', async () => {
    const scripts = await shellScripts();
    expect(scripts.length).toBeGreaterThan(0);
    expect(
      await run('shellcheck', ['--norc', '--external-sources', '--source-path=SCRIPTDIR', ...scripts]),
    ).toMatchObject({ code: 0, stdout: '' });
    for (const script of scripts) expect(await readFile(script, 'utf8'), script).not.toContain('shellcheck disable');
  });

  it('stop at the first thing that fails', async () => {
    // What other scripts read in is governed by theirs.
    for (const script of (await shellScripts()).filter((each) => !each.endsWith('.sh'))) {
      expect(await readFile(script, 'utf8'), script).toMatch(/^set -Eeuo pipefail$/m);
    }
  });
});
