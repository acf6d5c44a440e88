import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const text = readFileSync(join(ROOT, 'docs/security.md'), 'utf8');

/** OWASP ASVS 5.0, chapter V17. */
const REQUIREMENTS = [
  ...['17.1.1', '17.1.2'],
  ...['17.2.1', '17.2.2', '17.2.3', '17.2.4', '17.2.5', '17.2.6', '17.2.7', '17.2.8'],
  ...['17.3.1', '17.3.2'],
];
const STATES = ['met', 'not applicable', 'open'];

/** `` `file` "title" ``, wherever the page names a test. */
const NAMED_TEST = /`((?:test|src)\/[\w./-]+\.ts)` "([^"]+)"/g;
const namedTests = (part: string): [file: string, title: string][] =>
  [...part.matchAll(NAMED_TEST)].map(([, file, title]) => [file!, title!]);

/** Whether a file has a test or group of tests of this title; the title of an `each` stands behind its table. */
function hasTest(source: string, title: string): boolean {
  const escaped = title.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&');
  return new RegExp(`(?:\\b(?:it|describe)|\\))\\(\\s*(['"\`])[^\\n]*?${escaped}[^\\n]*?\\1`).test(source);
}

const rows = text
  .split('\n')
  .filter((line) => line.startsWith('| 17.'))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

describe('docs/security.md', () => {
  it.each(namedTests(text))('names a test that exists: %s "%s"', (file, title) => {
    expect(existsSync(join(ROOT, file)), file).toBe(true);
    expect(hasTest(readFileSync(join(ROOT, file), 'utf8'), title)).toBe(true);
  });

  it('answers every requirement of ASVS V17 once', () => {
    expect(rows.map(([id]) => id)).toEqual(REQUIREMENTS);
  });

  it.each(rows)('says of %s whether it is met, with the test that shows it, or why not', (...cells) => {
    expect(cells).toHaveLength(5);
    const [, level, requirement, state, evidence] = cells;
    expect(level).toMatch(/^[23]$/);
    expect(requirement).not.toBe('');
    expect(STATES).toContain(state);
    if (state === 'met') expect(namedTests(evidence!)).not.toEqual([]);
    else expect(evidence!.length).toBeGreaterThan(10);
  });

  it('tells where to report, and SECURITY.md tells where this is', () => {
    expect(text).toContain('](../SECURITY.md)');
    expect(readFileSync(join(ROOT, 'SECURITY.md'), 'utf8')).toContain('](docs/security.md)');
  });
});
