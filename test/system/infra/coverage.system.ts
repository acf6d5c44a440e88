import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../../..');
const PATH = /`((?:[\w.-]+\/)*[\w.-]+\.(?:ts|tmpl|mjs|cjs|md|example)|(?:infra|src)\/[\w./-]+)`/g;
const SECTIONS = [
  '1.1',
  '1.2',
  '1.3',
  '2.1',
  '2.2',
  '2.3',
  '3.1',
  '3.2',
  '3.3',
  '4.1',
  '4.2',
  '4.3',
  '5.1',
  '5.2',
  '5.3',
];

describe('the coverage table', () => {
  it('names files that are there, or says that they are not there yet', async () => {
    const text = await readFile(join(ROOT, 'docs/operations/coverage.md'), 'utf8');
    const rows = text.split('\n').filter((line) => line.startsWith('| '));
    const named = rows.flatMap((row) =>
      [...row.matchAll(PATH)].map(([, path]) => path!).filter((path) => !row.includes(`Not yet (\`${path}\`)`)),
    );
    expect(named.length).toBeGreaterThan(50);
    for (const path of new Set(named)) {
      const file = path.includes('/') || path.startsWith('.') ? join(ROOT, path) : join(import.meta.dirname, path);
      await expect(access(file), path).resolves.toBeUndefined();
    }
  });

  it('has every section', async () => {
    const text = await readFile(join(ROOT, 'docs/operations/coverage.md'), 'utf8');
    for (const section of SECTIONS) expect(text).toContain(`\n| ${section} `);
    for (const section of ['9.3', '10', '14']) expect(text).toContain(`\n## ${section} `);
  });
});
