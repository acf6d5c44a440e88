import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { describe, expect, it } from 'vitest';
import { alertRules } from '../support/alert-rules.js';

const ROOT = join(import.meta.dirname, '../..');
const FOLDER = join(ROOT, 'docs/runbooks');
const ON_CALL = join(ROOT, 'docs/operations/on-call.md');

const ANSWERS = parseEnv(readFileSync(join(ROOT, 'infra/azaan.env.example'), 'utf8'));

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

describe('the settings of the relay', () => {
  const settings = parseEnv(readFileSync(join(ROOT, '.env.example'), 'utf8'));
  const template = readFileSync(join(ROOT, 'infra/parts/relay/files/etc/azaan/relay.env.tmpl'), 'utf8');

  it.each(RUNBOOKS)('that %s names are answers: the file that the relay reads is made anew from them', (file) => {
    const names = readFileSync(join(FOLDER, file), 'utf8').match(/\b[A-Z]+(?:_[A-Z]+)+\b/g) ?? [];
    for (const name of names.filter((each) => each in settings)) expect(Object.keys(ANSWERS)).toContain(name);
  });

  it('that are answers reach the relay, and have its own defaults', () => {
    const names = [...template.matchAll(/^([A-Z_]+)=\{\{\1\}\}$/gm)].map(([, name]) => name!);
    expect(names).toContain('MAX_LISTENERS');
    const ofThisServer = ['PUBLIC_IP', 'MEDIA_WORKERS', 'JWT_KEYS'];
    for (const name of names.filter((each) => !ofThisServer.includes(each))) {
      expect(ANSWERS[name], name).toBe(settings[name]);
    }
  });
});

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
