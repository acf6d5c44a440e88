import { chmod, lstat, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LogMachine } from '../support/log-machine.js';
import { INFRA, succeed } from '../support/machine.js';

const MIB = 1_048_576;
/** A second is what tells two names of one log apart. */
const UNTIL_ANOTHER_NAME_MS = 1_050;
const LOST = 'azaan_log_dropped_files_total{archived="no"}';
/** More than any disk has free. */
const FULL_DISK = { LOG_DISK_FREE_MB: '1000000' };

let logs: LogMachine;

beforeEach(async () => {
  logs = await LogMachine.make();
});
afterEach(() => logs[Symbol.asyncDispose]());

describe('the quota of all logs together', () => {
  it('leaves everything alone while it is kept, and says how much they take', async () => {
    await logs.put('azaan/relay.log', { mb: 20 });
    await logs.turnedOver('azaan/relay.log', 1, 30);
    await logs.put('nginx/error.log', { mb: 10 });
    const before = await logs.files();
    expect(await logs.quota()).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(await logs.files()).toEqual(before);
    expect(await logs.metric('azaan_log_bytes')).toBe(60 * MIB);
    expect(await logs.metric('azaan_log_quota_bytes')).toBe(100_000_000);
    expect(await logs.metric('azaan_log_archive_enabled')).toBe(0);
  });

  it('drops the oldest of what was turned over, whichever log it is of, and no more than it must', async () => {
    await logs.put('azaan/relay.log', { mb: 30 });
    const kept = [await logs.turnedOver('azaan/relay.log', 1, 30), await logs.turnedOver('turnserver/turn.log', 2, 30)];
    const calls = await logs.turnedOver('nginx/access.json', 3, 30);
    const packages = await logs.turnedOver('dpkg.log', 40, 30);
    expect(await logs.quota()).toMatchObject({
      code: 0,
      stdout: [packages, calls].map((name) => `dropped ${logs.path(name)}: not archived, lost\n`).join(''),
    });
    expect(await logs.files()).toEqual(['azaan/relay.log', ...kept].sort());
    expect(await logs.metric(LOST)).toBe(2);
    await logs.turnedOver('nginx/access.json', 3, 30);
    await logs.quota();
    expect(await logs.metric(LOST)).toBe(3);
  });

  it('defends the free disk too, whatever fills it, and says when logs are not what does', async () => {
    await logs.machine.render(FULL_DISK);
    await logs.put('azaan/relay.log', { mb: 1 });
    await logs.turnedOver('azaan/relay.log', 1, 1);
    const { code, stdout } = await logs.quota();
    expect(code).toBe(1);
    expect(stdout).toMatch(/still \d+ MB too much: what fills the disk is no log/);
    // What is written to now is small, and stays.
    expect(await logs.files()).toEqual(['azaan/relay.log']);
    expect((await stat(logs.path('azaan/relay.log'))).size).toBe(MIB);
  });

  it('touches nothing that is no log that was turned over, and follows no link', async () => {
    const elsewhere = logs.machine.path('elsewhere');
    await mkdir(elsewhere);
    const precious = [`${elsewhere}/relay.log-20260101-1767225600.gz`, `${elsewhere}/relay.log`];
    for (const file of precious) await writeFile(file, 'x'.repeat(200));
    await symlink(precious[0]!, logs.path('relay.log-20260101-1767225601.gz'));
    await symlink(precious[1]!, logs.path('other.log'));
    await symlink(elsewhere, logs.path('turnserver'));
    for (const other of ['azaan/relay.log', 'azaan/notes.txt', 'azaan/deeper/relay.log.1.gz', 'lastlog', 'a-2026.gz']) {
      await logs.put(other, { mb: 1, daysOld: 90 });
    }
    await logs.machine.render(FULL_DISK);
    const before = await logs.files();
    expect((await logs.quota()).code).toBe(1);
    expect(await logs.files()).toEqual(before);
    for (const file of precious) expect((await lstat(file)).size).toBe(200);
  });

  it('drops what had its days though there is room, and counts nothing lost; by names of earlier releases too', async () => {
    await logs.turnedOver('azaan/relay.log', 14.1);
    const old = { 'nginx/access.json.14.gz': 15, 'auth.log.1': 8, 'wtmp.1': 366 };
    for (const [log, daysOld] of Object.entries(old)) await logs.put(log, { daysOld });
    await logs.put('azaan/relay.log', { daysOld: 30 });
    const { code, stdout } = await logs.quota();
    expect(code).toBe(0);
    expect(stdout.match(/^dropped \S+: it had its days$/gm)).toHaveLength(4);
    expect(await logs.files()).toEqual(['azaan/relay.log']);
    expect(await logs.metric(LOST)).toBe(0);
  });

  it('counts the journal, and leaves it to journald', async () => {
    const journal = 'journal/0123456789abcdef/system@01.journal';
    await logs.put(journal, { mb: 110, daysOld: 9 });
    expect((await logs.quota()).code).toBe(1);
    expect(await logs.files()).toEqual([journal]);
    expect(await logs.metric('azaan_log_bytes')).toBe(110 * MIB);
  });
});

describe('a log that grows fast', () => {
  it('stays within the quota with all others, when 5 GB of what hardly compresses come within ten minutes', async () => {
    // The same where the quota of 8 GB is 100 MB, and one of two runs is missed.
    const MINUTE_BYTES = (5_000_000_000 / 10) * (100 / 8_000);
    const rotation = logs.machine.path('etc/logrotate.d/azaan');
    await writeFile(rotation, (await readFile(rotation, 'utf8')).replace('maxsize 100M', 'maxsize 1250k'));
    const log = await logs.put('nginx/access.json', {});
    for (const daysOld of [1, 2, 3]) await logs.turnedOver('nginx/access.json', daysOld, 10);
    const used = async () => parseInt(await succeed('du', ['--summarize', '--block-size=1', logs.path('')]));
    for (let minute = 0; minute < 10; minute += 2) {
      await succeed('sh', ['-c', 'head -c "$1" /dev/urandom >>"$2"', 'sh', String(2 * MINUTE_BYTES), log]);
      expect(await used()).toBeLessThan(100_000_000);
      expect((await logs.rotate()).code).toBe(0);
      expect(await logs.quota()).toMatchObject({ code: 0, stdout: '' });
      await sleep(UNTIL_ANOTHER_NAME_MS);
    }
    expect(await logs.files()).toHaveLength(3 + 5 + 1);
  });

  it('is emptied when it could not be turned over and the quota is not kept, and that is said', async () => {
    const log = await logs.put('azaan/relay.log', { mb: 110 });
    expect(await logs.quota()).toMatchObject({ code: 0, stdout: `emptied ${log}: not archived, lost\n` });
    expect((await stat(log)).size).toBe(0);
  });

  it('is dropped from and emptied with no more of root than the service has', async () => {
    const unit = await readFile(join(INFRA, 'parts/logs/files/etc/systemd/system/azaan-logs.service.tmpl'), 'utf8');
    const capabilities = /^CapabilityBoundingSet=(.*)$/m.exec(unit)![1]!.split(' ');
    const files = [
      await logs.put('azaan/relay.log', { mb: 110 }),
      logs.path(await logs.turnedOver('azaan/relay.log', 1, 1)),
    ];
    for (const path of [...files, logs.path('azaan')]) {
      await succeed('chown', ['nobody:nogroup', path]);
      await chmod(path, 0o700);
    }
    const bounding = ['-all', ...capabilities.map((name) => `+${name.replace('CAP_', '').toLowerCase()}`)].join(',');
    const { code, stdout, stderr } = await logs.quota(['setpriv', '--no-new-privs', '--bounding-set', bounding]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^dropped .*\nemptied .*\n$/);
  });
});
