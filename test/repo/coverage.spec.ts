import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

interface Row {
  readonly line: string;
  readonly where: string;
  readonly doctor: string;
  readonly shownBy: string;
}

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
/** The lines of the deployment plan, by section, a line with lines below it put before each of them. */
const PLAN = JSON.parse(read('test/repo/deployment-plan.json')) as Readonly<Record<string, readonly string[]>>;
const TEXT = read('docs/operations/coverage.md');
const { CHECKS } = (await import(join(ROOT, 'infra/lib/doctor/checks.mjs'))) as { CHECKS: readonly { id: string }[] };

/** Lines that ask for what the repository ships: a server could only repeat it. */
const OF_CI = [
  'Pin exact version and document in `.nvmrc` or ops docs.',
  'Define maintenance steps for restart windows.',
  'Note expected user impact (single-node means restart drops active sessions).',
  'Perform load + soak tests and tune PM2 memory limits.',
];

function rowsOf(section: string): Row[] {
  const part = TEXT.split(/^## /m).find((each) => each.startsWith(`${section} `)) ?? '';
  const lines = part.split('\n').filter((line) => /^\| (?!-|line of the plan )/.test(line));
  return lines.map((text) => {
    const [, line = '', where = '', doctor = '', shownBy = ''] = text.split(/(?<!\\)\|/).map((cell) => cell.trim());
    return { line, where, doctor, shownBy };
  });
}

const rows = Object.keys(PLAN).flatMap(rowsOf);
const quoted = (text: string) => [...text.matchAll(/`([^`]+)`/g)].map(([, inside]) => inside!);
const isPath = (text: string) => /^[\w.-]+(?:\/[\w.-]*)+$|^[\w.-]+\.(?:ts|md)$|^\.[a-z][\w.]+$/.test(text);
const isThere = (path: string) =>
  existsSync(join(ROOT, path)) || globSync(`test/system/{,*/}${path}`, { cwd: ROOT }).length > 0;

describe('the coverage table', () => {
  it.each(Object.keys(PLAN))('has every line of the plan, and no other: %s', (section) => {
    expect(rowsOf(section).map(({ line }) => line)).toEqual(PLAN[section]);
  });

  it.each(rows)('says where and by what: $line', ({ where, doctor, shownBy }) => {
    expect(where).not.toBe('');
    expect(doctor).not.toBe('');
    expect(shownBy).not.toMatch(/^[–-]?$/);
  });

  it('names files and tests that are there', () => {
    const named = rows.flatMap(({ where, shownBy }) => quoted(`${where} ${shownBy}`)).filter(isPath);
    expect(named.length).toBeGreaterThan(150);
    expect([...new Set(named)].filter((path) => !isThere(path))).toEqual([]);
  });

  it('shows every line by a test, unless only a person can do it, or it is not built', () => {
    const without = rows.filter(({ shownBy }) => !quoted(shownBy).some((path) => isPath(path) && isThere(path)));
    expect(without.filter(({ where }) => !/Person|Not built/.test(where))).toEqual([]);
  });

  it('gives what only a person can do its place in the way to go live, or its own page', () => {
    for (const { line, where } of rows.filter((row) => row.where.includes('Person')))
      expect(where, line).toMatch(/\]\([\w-]+\.md\)/);
  });

  it('names checks of the doctor, and all of them', () => {
    const ids = new Set(CHECKS.map(({ id }) => id));
    const named = new Set(rows.flatMap(({ doctor }) => quoted(doctor)));
    expect([...named].filter((id) => !ids.has(id))).toEqual([]);
    // The answers and their files are no line of these sections.
    expect([...ids].filter((id) => !named.has(id) && !id.startsWith('0-'))).toEqual([]);
  });

  it('lets CI stand for the doctor in lines of the repository alone, by tests that every change runs', () => {
    const ofCi = rows.filter(({ doctor }) => doctor.split(' ').includes('CI'));
    expect(ofCi.map(({ line }) => line)).toEqual(OF_CI);
    for (const { line, shownBy } of ofCi) expect(shownBy, line).toMatch(/`test\/repo\/[\w-]+\.spec\.ts`/);
    const others = rows.filter(({ doctor }) => !/`|CI/.test(doctor)).map(({ where }) => where);
    // How a script is written, not what it made.
    expect(others).toEqual(['`infra/init.sh`, `infra/lib/init/progress.sh`']);
  });

  it('has nothing that is only promised', () => {
    expect(TEXT).not.toMatch(/not yet|to be done|TODO/i);
  });
});
