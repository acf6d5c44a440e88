import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { anchorsOf } from '../support/markdown.js';

const ROOT = join(import.meta.dirname, '../..');
const FOLDER = join(ROOT, 'docs/operations');
const PAGES = [join(ROOT, 'README.md'), ...readdirSync(FOLDER).map((file) => join(FOLDER, file))].filter((page) =>
  page.endsWith('.md'),
);

it.each(PAGES)('the links of %s lead somewhere', (page) => {
  for (const [, path = '', anchor] of readFileSync(page, 'utf8').matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)) {
    const target = path === '' ? page : join(dirname(page), path);
    expect(existsSync(target), path).toBe(true);
    if (anchor !== undefined) expect(anchorsOf(target), `${path}#${anchor}`).toContain(anchor);
  }
});

describe('the way to go live', () => {
  const text = readFileSync(join(FOLDER, 'go-live.md'), 'utf8');

  it('runs programs of the repository that are there', () => {
    const programs = [...text.matchAll(/(?<!test\/system\/)\binfra\/[\w./-]*\w/g)].map(([path]) => path);
    expect(programs.length).toBeGreaterThan(10);
    for (const path of programs) expect(existsSync(join(ROOT, path)), path).toBe(true);
  });

  it('names answers that there are', () => {
    const example = readFileSync(join(ROOT, 'infra/azaan.env.example'), 'utf8');
    const table = text.slice(text.indexOf('## 6'), text.indexOf('## 7'));
    const names = [...table.matchAll(/^\| (`[^|]+)\|/gm)].flatMap(([, cell]) =>
      [...cell!.matchAll(/`([A-Z_…]+)`/g)].map(([, name]) => name!),
    );
    expect(names.length).toBeGreaterThan(8);
    for (const name of names) expect(example, name).toMatch(new RegExp(`^${name.replace('…', '\\w+')}=`, 'm'));
  });
});
