import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DENIALS } from '../auth/denial.js';
import { AUDIT_EVENTS } from './audit-events.js';

const PAGE = readFileSync('docs/operations/audit-log.md', 'utf8');

/** The rows of the table under a heading, each cell as the words in code marks. */
function table(heading: string): string[][][] {
  const section = PAGE.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('|'));
  return rows
    .slice(2)
    .map((row) => row.split('|').map((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, word]) => word!)));
}

describe('docs/operations/audit-log.md', () => {
  it('has every event with exactly its fields', () => {
    const documented = table('Events').map(([, event, , fields]) => [event![0]!, fields!.sort()]);
    const defined = Object.entries(AUDIT_EVENTS).map(([event, fields]) => [
      event,
      Object.entries(fields)
        .map(([name, type]) => (type.endsWith('?') ? `${name}?` : name))
        .sort(),
    ]);
    expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(defined));
  });

  it('explains every field', () => {
    const names = new Set(Object.values(AUDIT_EVENTS).flatMap((fields) => Object.keys(fields)));
    expect(new Set(table('Fields').flatMap(([, name]) => name!))).toEqual(names);
  });

  it('explains every reason for a denial', () => {
    const reasons = table('Why a call was denied').flatMap(([, reason]) => reason!);
    expect(reasons.sort()).toEqual([...DENIALS].sort());
  });
});
