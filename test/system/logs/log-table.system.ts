import { cp, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LogMachine } from '../support/log-machine.js';
import { answersWith, INFRA, render, type Outcome } from '../support/machine.js';

/** What is written to now on a server, by the log's name. */
const LIVE = {
  relay: ['azaan/relay.log'],
  'nginx-calls': ['nginx/access.json'],
  'nginx-errors': ['nginx/error.log'],
  coturn: ['turnserver/turn.log'],
  fail2ban: ['fail2ban.log'],
  auth: ['auth.log'],
  letsencrypt: ['letsencrypt/letsencrypt.log'],
  system: ['syslog', 'kern.log', 'user.log', 'cron.log', 'mail.log'],
  ufw: ['ufw.log'],
  apt: ['apt/history.log', 'apt/term.log'],
  dpkg: ['dpkg.log', 'alternatives.log'],
  updates: ['unattended-upgrades/unattended-upgrades.log'],
  logins: ['btmp', 'wtmp'],
};
const FILES = Object.entries(LIVE).flatMap(([log, files]) => files.map((file) => [file, log] as const));
const EVERY: Readonly<Record<string, string>> = { '1 days': 'every day', weekly: 'every week', monthly: 'every month' };

const ARCHIVE = {
  LOG_ARCHIVE_BUCKET: 'logs',
  LOG_ARCHIVE_ENDPOINT: 'https://s3.example.org',
  LOG_ARCHIVE_KEY_ID: 'id',
  LOG_ARCHIVE_SECRET: 'secret',
};

/** A row of the table of docs/operations/logs.md. */
interface Row {
  readonly folder: string;
  readonly every: string;
  readonly kept: string;
  readonly archived: boolean;
}

let rows: ReadonlyMap<string, Row>;
let logs: LogMachine;
let debug: Outcome;

/** `logrotate -d` with everything that packages bring and what is rendered, where /var/log has all of these files. */
beforeAll(async () => {
  rows = await documented();
  logs = await LogMachine.make();
  await writeFile(logs.machine.path('answers'), await answersWith({}));
  const { code, stderr } = await render('--answers', logs.machine.path('answers'), '--out', logs.machine.root);
  if (code !== 0) throw new Error(stderr);
  const folder = logs.machine.path('etc/logrotate.d');
  await cp('/etc/logrotate.d', folder, { recursive: true, force: false });
  const config = logs.machine.path('etc/logrotate.conf');
  await writeFile(config, (await readFile('/etc/logrotate.conf', 'utf8')).replace('/etc/logrotate.d', folder));
  for (const [file] of FILES) await logs.put(file, {});
  debug = await logs.inside(['logrotate', '--debug', '--state', logs.machine.path('state'), config]);
});
afterAll(() => logs[Symbol.asyncDispose]());

async function documented(): Promise<Map<string, Row>> {
  const text = await readFile(join(INFRA, '../docs/operations/logs.md'), 'utf8');
  const section = text.split(/^## /m).find((part) => part.startsWith('Every log\n'))!;
  const cells = section
    .match(/^\| `.*$/gm)!
    .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')));
  return new Map(
    cells.map(([, name = '', , folder = '', every = '', kept = '', archive]) => [
      name,
      { folder, every, kept, archived: archive !== '–' },
    ]),
  );
}

/** What logrotate does with a file: how often, and how many it keeps. */
function rotationOf(file: string): { every: string | undefined; count: number } {
  const part = debug.stderr
    .split(/^rotating pattern: /m)
    .find((each) => each.includes(`considering log /var/log/${file}\n`));
  const [, interval = '', count] = /\s(1 days|weekly|monthly)\s+(?:\((\d+) rotations\))?/.exec(part ?? '') ?? [];
  return { every: EVERY[interval], count: Number(count) };
}

/** Of which logs something is left that was turned over so many days ago. */
async function left(daysOld: (row: Row) => number, answers: Readonly<Record<string, string>> = {}): Promise<string[]> {
  await using machine = await LogMachine.make(answers);
  for (const [file, log] of FILES) await machine.turnedOver(file, daysOld(rows.get(log)!));
  expect((await machine.quota()).code).toBe(0);
  return (await machine.files()).map((name) => name.replace(/-\d{8}-\d+\.gz$/, ''));
}

const filesOf = (wanted: (row: Row) => boolean) =>
  FILES.filter(([, log]) => wanted(rows.get(log)!))
    .map(([file]) => file)
    .sort();
const isRecord = ({ kept }: Pick<Row, 'kept'>) => kept.includes('month');

describe('the table of logs', () => {
  it('has every log that is turned over, where it is', () => {
    const turnedOver = [...rows].filter(([, { every, folder }]) => every !== '–' && folder.startsWith('/var/log'));
    expect(turnedOver.map(([name]) => name)).toEqual(Object.keys(LIVE));
    for (const [file, log] of FILES) expect(dirname(`/var/log/${file}`)).toBe(rows.get(log)!.folder);
  });

  it.each(FILES)('says how often %s is turned over, and how many months of it are kept', (file, log) => {
    const { every, kept } = rows.get(log)!;
    const rotation = rotationOf(file);
    expect(rotation.every).toBe(every);
    if (kept.includes('month')) expect(`${rotation.count} ${rotation.count === 1 ? 'month' : 'months'}`).toBe(kept);
  });

  it('says how many days the others are kept', async () => {
    const days = ({ kept }: Row) => (kept.includes('days') ? parseInt(kept) : 200);
    expect(await left((row) => days(row) - 0.1)).toEqual(filesOf(() => true));
    expect(await left((row) => days(row) + 0.1)).toEqual(filesOf(isRecord));
  });

  it('says what waits for the archive', async () => {
    expect(await left(() => 366, ARCHIVE)).toEqual(filesOf(({ archived }) => archived));
  });

  it('keeps no line for more than two weeks, but the records of changes and logins', () => {
    const longer = [...rows].filter(
      ([, { every, kept }]) => isRecord({ kept }) || (every === 'every week' ? 7 : 0) + parseInt(kept) > 14,
    );
    expect(longer.map(([name]) => name)).toEqual(['apt', 'dpkg', 'updates', 'logins']);
  });
});

describe('logrotate', () => {
  it('finds nothing to complain about in what packages bring and what is rendered, taken together', () => {
    expect(debug.code).toBe(0);
    expect(debug.stderr).not.toMatch(/error:|duplicate|ignoring/i);
  });
});
