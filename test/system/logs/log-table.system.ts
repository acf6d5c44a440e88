import { chmod, cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answersWith, INFRA, Machine, render, run } from '../support/machine.js';
import type { Outcome } from '../support/machine.js';

interface Log {
  readonly name: string;
  readonly writer: string;
  readonly folder: string;
  readonly files: RegExp;
  readonly rotation?: string;
  readonly every?: 'day' | 'week' | 'month';
  readonly keep?: number;
  readonly days?: number;
  readonly archived: boolean;
}

/** A file of each log that is written to, as it is on a server. */
const LIVE = [
  ...['azaan/relay.log', 'nginx/access.json', 'nginx/error.log', 'turnserver/turn.log', 'fail2ban.log', 'auth.log'],
  ...['letsencrypt/letsencrypt.log', 'syslog', 'kern.log', 'user.log', 'cron.log', 'mail.log', 'ufw.log'],
  ...['apt/history.log', 'apt/term.log', 'dpkg.log', 'alternatives.log', 'unattended-upgrades/unattended-upgrades.log'],
  ...['btmp', 'wtmp'],
];
const EVERY = { '1 days': 'day', weekly: 'week', monthly: 'month' } as const;

let machine: Machine;
let logs: readonly Log[];
let debug: Outcome;

/** `logrotate -d` with everything that packages bring and what is rendered, where /var/log has all of these files. */
beforeAll(async () => {
  ({ LOGS: logs } = (await import(pathToFileURL(join(INFRA, 'parts/logs/table.mjs')).href)) as {
    LOGS: readonly Log[];
  });
  machine = await Machine.make();
  await writeFile(machine.path('answers'), await answersWith({}));
  const { code, stderr } = await render('--answers', machine.path('answers'), '--out', machine.root);
  if (code !== 0) throw new Error(stderr);
  const folder = machine.path('etc/logrotate.d');
  await cp('/etc/logrotate.d', folder, { recursive: true, force: false });
  const config = machine.path('etc/logrotate.conf');
  await writeFile(config, (await readFile('/etc/logrotate.conf', 'utf8')).replace('/etc/logrotate.d', folder));
  await chmod(config, 0o644);
  for (const file of LIVE) {
    const path = machine.path('var/log', file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, 'a line\n');
  }
  debug = await run('unshare', [
    ...['--mount', 'sh', '-c', `mount --bind ${machine.path('var/log')} /var/log && exec "$@"`, 'sh'],
    ...['logrotate', '--debug', '--state', machine.path('state'), config],
  ]);
});
afterAll(async () => {
  await machine[Symbol.asyncDispose]();
});

/** What logrotate does with a file: how often, and how many it keeps. */
function rotationOf(file: string): { every: string; keep: number } | undefined {
  for (const part of debug.stderr.split(/^rotating pattern: /m).slice(1)) {
    if (!part.includes(`considering log /var/log/${file}\n`)) continue;
    const [, interval = '', keep] = /\s(1 days|weekly|monthly)\s+\((\d+) rotations\)/.exec(part) ?? [];
    return { every: EVERY[interval as keyof typeof EVERY], keep: Number(keep) };
  }
  return undefined;
}

const logOf = (file: string): Log | undefined =>
  logs.find((log) => log.folder === dirname(`/var/log/${file}`) && log.files.test(file.split('/').at(-1)!));

describe('the table of logs', () => {
  it('has every log of a server, and each only once', () => {
    for (const file of LIVE) {
      const matching = logs
        .filter((log) => log.folder === dirname(`/var/log/${file}`))
        .filter((log) => log.files.test(file.split('/').at(-1)!));
      expect(matching.length, file).toBe(1);
    }
    const turnedOver = logs.filter(({ folder, rotation }) => rotation !== undefined && folder.startsWith('/var/log'));
    expect(new Set(LIVE.map((file) => logOf(file)!.name))).toEqual(new Set(turnedOver.map(({ name }) => name)));
  });

  it.each(LIVE)('says of %s what logrotate does with it', (file) => {
    const { every, keep } = logOf(file)!;
    expect(rotationOf(file)).toEqual({ every, keep });
  });

  it('keeps no line for more than two weeks, but the records of changes and logins', () => {
    const DAYS_BETWEEN = { day: 0, week: 7, month: 31 };
    const longer = logs.filter(({ every, days = Infinity }) => every !== undefined && DAYS_BETWEEN[every] + days > 14);
    expect(longer.map(({ name }) => name)).toEqual(['apt', 'dpkg', 'updates', 'logins']);
  });

  it('is the one that the documentation shows', async () => {
    const text = await readFile(join(INFRA, '../docs/operations/logs.md'), 'utf8');
    const section = text.split(/^## /m).find((part) => part.startsWith('Every log\n'))!;
    const rows = section
      .split('\n')
      .filter((line) => line.startsWith('| '))
      .slice(2)
      .map((row) =>
        row
          .split('|')
          .slice(1, -1)
          .map((cell) => cell.trim()),
      );
    expect(rows).toEqual(
      logs.map(({ name, writer, folder, every, keep = 0, days, archived }) => [
        ...[`\`${name}\``, writer, `\`${folder}\``],
        ...[every === undefined ? '–' : `every ${every}`],
        days === undefined ? (keep === 0 ? '–' : `${keep} ${keep === 1 ? 'month' : 'months'}`) : `${days} days`,
        archived ? '90 days' : '–',
      ]),
    );
  });
});

describe('logrotate', () => {
  it('finds nothing to complain about in what packages bring and what is rendered, taken together', () => {
    expect(debug.code).toBe(0);
    expect(debug.stderr).not.toMatch(/error:|duplicate|ignoring/i);
  });
});
