import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const read = (path: string) => readFileSync(join(import.meta.dirname, '../..', path), 'utf8');

it('the exact version of Node is pinned', () => {
  expect(read('.nvmrc')).toMatch(/^\d+\.\d+\.\d+\n$/);
});

it('a load test is documented, of as many listeners as the README promises', () => {
  expect(read('docs/bench/results.md')).toMatch(/listeners joined \| 1,000 \|/);
});
