import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const foldersOf = (path: string) =>
  readdirSync(join(ROOT, path), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);

const PARTS = foldersOf('infra/parts');

it('init.sh makes every part that has a folder, and the page of the parts has them in its order', () => {
  const listed = execFileSync(join(ROOT, 'infra/init.sh'), ['--list'], { encoding: 'utf8' }).match(/^\w+/gm)!;
  expect([...listed].sort()).toEqual(PARTS);
  const described = [...read('infra/parts/README.md').matchAll(/^\| \[(\w+)\]\(\1\/\) +\| \S/gm)].map(
    ([, part]) => part,
  );
  expect(described).toEqual(listed);
});

it.each(PARTS)('the part %s is made by one function, and has its tests', (part) => {
  expect(read(`infra/parts/${part}/ensure.sh`)).toMatch(new RegExp(`^ensure_${part}\\(\\) \\{$`, 'm'));
  expect(readdirSync(join(ROOT, 'test/system', part)).some((file) => /\.system\.ts$|\.bats$/.test(file))).toBe(true);
});
