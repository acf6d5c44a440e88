import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

interface Check {
  readonly id: string;
  readonly title: string;
  readonly mend: string;
}

const ROOT = join(import.meta.dirname, '../..');
const { CHECKS, SECTIONS } = (await import(join(ROOT, 'infra/doctor.d/checks.mjs'))) as {
  CHECKS: readonly Check[];
  SECTIONS: ReadonlyMap<string, string>;
};
const STEPS = new Set(
  execFileSync(join(ROOT, 'infra/init.sh'), ['--list'], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.split(' ')[0]!),
);

describe('what the doctor says to do', () => {
  it.each(CHECKS)('is there: $id', ({ id, title, mend }) => {
    expect(SECTIONS.has(id.split('-')[0]!)).toBe(true);
    expect(title).not.toBe('');
    for (const [path] of mend.matchAll(/\b(?:infra|docs|tools)\/[\w./-]*[\w-]/g))
      expect(existsSync(join(ROOT, path)), path).toBe(true);
    for (const [, step] of mend.matchAll(/--only (\w+)/g)) {
      const known = mend.includes('infra/init.sh') ? STEPS.has(step!) : SECTIONS.has(step!);
      expect(known, step).toBe(true);
    }
  });
});
