import { hostname } from 'node:os';
import { resolve } from 'node:path';
import process from 'node:process';
import { SECTIONS } from './checks.mjs';

const MARKS = { ok: '✓', bad: '✗', unknown: '?' };
const TITLE_WIDTH = 66;

/** @param {readonly import('./examine.mjs').Result[]} results */
export const countOf = (results) => ({
  ok: results.filter(({ status }) => status === 'ok').length,
  bad: results.filter(({ status }) => status === 'bad').length,
  unknown: results.filter(({ status }) => status === 'unknown').length,
});

/** For people: sections as the plan has them, and what is wrong once more at the end, where a terminal stands then. */
export function textOf(results) {
  const lines = [];
  for (const [section, title] of SECTIONS) {
    const own = results.filter((result) => result.section === section);
    if (own.length === 0) continue;
    lines.push('', `${section} ${title}`);
    for (const { id, title: what, status, seen, mend } of own) {
      lines.push(`  ${MARKS[status]} ${what.padEnd(TITLE_WIDTH)}  ${seen}`);
      if (status !== 'ok') lines.push(`      ${id} · ${mend}`);
    }
  }
  const wrong = results.filter(({ status }) => status === 'bad');
  if (wrong.length > 0) lines.push('', 'To mend, in this order:');
  for (const { title, mend } of wrong) lines.push(`  ✗ ${title}`, `      ${mend}`);
  const { ok, bad, unknown } = countOf(results);
  // As it was called, not as the link leads: that one stays when the next release comes.
  const folder = resolve(process.argv[1], '../..');
  if (bad + unknown > 0) lines.push('', `Commands and pages as seen from ${folder}`);
  return `${lines.slice(1).join('\n')}\n\n${ok} ✓  ${bad} ✗  ${unknown} ?\n`;
}

/**
 * For programs; fields may be added, none changes or goes:
 * `{ version: 1, at, host, summary: { ok, bad, unknown }, checks: [{ id, section, title, status, seen, mend, confirmed, ms }] }`,
 * where `status` is ok, bad or unknown, `mend` is null when it is ok, and `confirmed` is null or `{ by, on, until }`.
 */
export function jsonOf(results, atMs) {
  const checks = results.map(({ id, section, title, status, seen, mend, confirmed: word, ms }) => {
    const confirmed = word === undefined ? null : { by: word.by, on: word.on, until: word.until };
    return { id, section, title, status, seen, mend: status === 'ok' ? null : mend, confirmed, ms };
  });
  const report = { version: 1, at: new Date(atMs).toISOString(), host: hostname(), summary: countOf(results), checks };
  return `${JSON.stringify(report, null, 2)}\n`;
}
