import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { alertRules } from '../support/alert-rules.js';

const ROOT = join(import.meta.dirname, '../..');
const FOLDER = join(ROOT, 'docs/runbooks');
const ON_CALL = join(ROOT, 'docs/operations/on-call.md');

const RUNBOOKS = readdirSync(FOLDER).filter((file) => file !== 'README.md');
const SECTIONS = ['Meaning', 'Impact', 'Diagnosis', 'Mitigation', 'Prevention'];

/** Procedures that begin with a symptom or a plan, not with an alert. */
const PROCEDURES = [
  'broadcast-fails-to-start.md',
  'high-cpu-during-live-azaan.md',
  'turn-connectivity-degradation.md',
  'tls-certificate-expiry-emergency.md',
  'vm-disk-full.md',
  'safe-reboot-maintenance-mode.md',
];

it.each(RUNBOOKS)(
  'every variable of the relay that %s names is an answer: its file is made anew from them',
  async (file) => {
    const { SET_BY_INIT } = (await import(join(ROOT, 'infra/render/relay-settings.mjs'))) as {
      SET_BY_INIT: ReadonlySet<string>;
    };
    const answers = readFileSync(join(ROOT, 'infra/azaan.env.example'), 'utf8');
    const names = readFileSync(join(FOLDER, file), 'utf8').match(/\b[A-Z]+(?:_[A-Z]+)+\b/g) ?? [];
    for (const name of names.filter((each) => SET_BY_INIT.has(each)))
      expect(answers).toMatch(new RegExp(`^${name}=`, 'm'));
  },
);

it('every alert has its runbook, every procedure is written, and there is nothing else', () => {
  const alerts = new Set(alertRules().map(({ name }) => `${name}.md`));
  expect([...RUNBOOKS].sort()).toEqual([...alerts, ...PROCEDURES].sort());
});

describe.each(RUNBOOKS)('%s', (file) => {
  const text = readFileSync(join(FOLDER, file), 'utf8');

  it('has the five sections, in their order, none empty', () => {
    const parts = text.split(/^## /m).slice(1);
    expect(parts.map((part) => part.split('\n')[0])).toEqual(SECTIONS);
    for (const part of parts) expect(part.split('\n').slice(1).join('').trim()).not.toBe('');
  });

  it('shows commands, and what they answer, in its diagnosis', () => {
    const diagnosis = text.split(/^## /m).find((part) => part.startsWith('Diagnosis'));
    expect(diagnosis).toMatch(/```[\s\S]+```/);
  });

  it('is listed in the table of contents', () => {
    expect(readFileSync(join(FOLDER, 'README.md'), 'utf8')).toContain(`(${file})`);
  });
});

/** What code shows: blocks, and words between backticks. */
const codeOf = (text: string): string =>
  [...text.matchAll(/```[\s\S]*?```|`[^`\n]+`/g)].map(([code]) => code).join('\n');

describe.each([...readdirSync(FOLDER).map((file) => join(FOLDER, file)), ON_CALL])('%s', (path) => {
  const text = readFileSync(path, 'utf8');

  it('names files and programs of the repository that are there', () => {
    for (const [file] of codeOf(text).matchAll(/(?<![\w.-])(?:infra|docs|test|src|public)\/[\w./-]*\w/g)) {
      expect(existsSync(join(ROOT, file)), file).toBe(true);
    }
  });
});
