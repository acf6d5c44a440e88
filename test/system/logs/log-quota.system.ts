import { chmod, lstat, mkdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LogMachine } from '../support/log-machine.js';
import { INFRA, succeed } from '../support/machine.js';

let logs: LogMachine;

beforeEach(async () => {
  logs = await LogMachine.make({ LOG_QUOTA_MB: '100' });
});
afterEach(async () => {
  await logs[Symbol.asyncDispose]();
});

const metric = async (series: string): Promise<number> => {
  const text = await readFile(logs.machine.path('textfiles/logs.prom'), 'utf8');
  return Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`${series} `))
      ?.split(' ')[1],
  );
};

describe('the quota of all logs together', () => {
  it('leaves everything alone while it is kept, and says how much each log takes', async () => {
    await logs.put('azaan/relay.log', { mb: 20 });
    await logs.put('azaan/relay.log.1.gz', { mb: 30, daysOld: 1 });
    await logs.put('nginx/error.log', { mb: 10 });
    const before = await logs.files();
    expect(await logs.quota()).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(await logs.files()).toEqual(before);
    expect(await metric('azaan_log_bytes{log="relay"}')).toBe(50_000_000);
    expect(await metric('azaan_log_bytes{log="nginx-errors"}')).toBe(10_000_000);
    expect(await metric('azaan_log_quota_bytes')).toBe(100_000_000);
    expect(await metric('azaan_log_archive_enabled')).toBe(0);
  });

  it('drops the oldest of what was turned over, whichever log it is of, and no more than it must', async () => {
    await logs.put('azaan/relay.log', { mb: 30 });
    await logs.put('azaan/relay.log.1.gz', { mb: 30, daysOld: 1 });
    await logs.put('nginx/access.json.2.gz', { mb: 30, daysOld: 3 });
    await logs.put('turnserver/turn.log.1', { mb: 30, daysOld: 2 });
    await logs.put('dpkg.log.3.gz', { mb: 30, daysOld: 40 });
    const { code, stdout } = await logs.quota();
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^dropped \S+\/dpkg\.log\.3\.gz \(30\.0 MB, [\d-]+\): not archived, lost\ndropped \S+\.json/,
    );
    expect(await logs.files()).toEqual(['azaan/relay.log', 'azaan/relay.log.1.gz', 'turnserver/turn.log.1']);
    expect(await metric('azaan_log_dropped_files_total{archived="no"}')).toBe(2);
    await logs.put('nginx/access.json.2.gz', { mb: 30, daysOld: 3 });
    await logs.quota();
    expect(await metric('azaan_log_dropped_files_total{archived="no"}')).toBe(3);
  });

  it('defends the free disk too, whatever fills it, and says when logs are not what does', async () => {
    await logs.machine.render({ LOG_DISK_FREE_MB: '1000000' });
    await logs.put('azaan/relay.log', { mb: 1 });
    await logs.put('azaan/relay.log.1.gz', { mb: 1, daysOld: 1 });
    const { code, stdout } = await logs.quota();
    expect(code).toBe(1);
    expect(stdout).toMatch(/still [\d.]+ MB too much: what fills the disk is not in the table/);
    // What is written to now is small, and stays.
    expect(await logs.files()).toEqual(['azaan/relay.log']);
    expect((await stat(logs.path('azaan/relay.log'))).size).toBe(1_000_000);
  });

  it('touches nothing that is not in its table, and follows no link', async () => {
    const elsewhere = logs.machine.path('elsewhere');
    await mkdir(elsewhere);
    const precious = [`${elsewhere}/relay.log.1.gz`, `${elsewhere}/relay.log`];
    for (const file of precious) await writeFile(file, 'x'.repeat(200));
    await logs.put('azaan/relay.log', { mb: 1 });
    await symlink(precious[0]!, logs.path('azaan/relay.log.2.gz'));
    await symlink(precious[1]!, logs.path('azaan/other.log'));
    await symlink(elsewhere, logs.path('turnserver'));
    await logs.put('azaan/notes.txt', { mb: 1, daysOld: 90 });
    await logs.put('private.1.gz', { mb: 1, daysOld: 90 });
    await logs.put('azaan/deeper/relay.log.1.gz', { mb: 1, daysOld: 90 });
    await logs.put('lastlog.1', { mb: 300, daysOld: 90 });
    await logs.machine.render({ LOG_DISK_FREE_MB: '1000000' });
    const before = await logs.files();
    expect((await logs.quota()).code).toBe(1);
    expect(await logs.files()).toEqual(before);
    for (const file of precious) expect((await lstat(file)).size).toBe(200);
  });

  it('counts the journal, and leaves it to journald', async () => {
    await logs.put('journal/0123456789abcdef/system@01.journal', { mb: 300, daysOld: 9 });
    expect((await logs.quota()).code).toBe(1);
    expect(await logs.files()).toEqual(['journal/0123456789abcdef/system@01.journal']);
    expect(await metric('azaan_log_bytes{log="journal"}')).toBe(300_000_000);
  });
});

describe('what was turned over', () => {
  it('goes after its days, quota or not, but for records of changes', async () => {
    await logs.put('azaan/relay.log', { daysOld: 30 });
    const old = ['azaan/relay.log.14.gz', 'auth.log.1', 'letsencrypt/letsencrypt.log.9.gz', 'syslog.2.gz'];
    for (const log of old) await logs.put(log, { daysOld: 15 });
    const kept = ['auth.log.2.gz', 'azaan/relay.log.13.gz', 'syslog.1'];
    for (const log of kept) await logs.put(log, { daysOld: 6 });
    await logs.put('dpkg.log.3.gz', { daysOld: 90 });
    const { code, stdout } = await logs.quota();
    expect(code).toBe(0);
    expect(stdout.match(/^dropped \S+: its last line is older than (?:7|14) days$/gm)).toHaveLength(old.length);
    expect(await logs.files()).toEqual([...kept, 'azaan/relay.log', 'dpkg.log.3.gz'].sort());
    expect(await metric('azaan_log_dropped_files_total{archived="no"}')).toBe(0);
  });

  it('waits for the archive, where it is meant for it', async () => {
    await logs.machine.render({
      LOG_ARCHIVE_BUCKET: 'logs',
      LOG_ARCHIVE_ENDPOINT: 'https://s3.example.org',
      LOG_ARCHIVE_KEY_ID: 'id',
      LOG_ARCHIVE_SECRET: 'secret',
    });
    for (const log of ['auth.log.1', 'fail2ban.log.2.gz', 'syslog.2.gz']) await logs.put(log, { daysOld: 15 });
    await logs.quota();
    expect(await logs.files()).toEqual(['auth.log.1', 'fail2ban.log.2.gz']);
  });
});

describe('a log that grows fast', () => {
  it('is turned over with no more of root than its service has, and stays its owner’s', async () => {
    await logs.machine.render({ LOG_QUOTA_MB: '1000' });
    const unit = await readFile(join(INFRA, 'parts/logs/files/etc/systemd/system/azaan-logs.service.tmpl'), 'utf8');
    const capabilities = /^CapabilityBoundingSet=(.*)$/m.exec(unit)![1]!.split(' ');
    const log = await logs.put('azaan/relay.log', { mb: 110 });
    await logs.put('nginx/access.json', { mb: 110 });
    for (const path of [log, logs.path('azaan')]) await succeed('chown', ['nobody:nogroup', path]);
    for (const path of [logs.path('azaan'), log]) await chmod(path, 0o700);
    const bounding = ['-all', ...capabilities.map((name) => `+${name.replace('CAP_', '').toLowerCase()}`)].join(',');
    const outcome = await logs.quota(['setpriv', '--no-new-privs', '--bounding-set', bounding]);
    expect(outcome).toMatchObject({ code: 0, stdout: 'turned over what is larger than 100 MB\n', stderr: '' });
    expect(await logs.files()).toEqual(expect.arrayContaining(['azaan/relay.log.1.gz', 'nginx/access.json.1']));
    expect((await stat(log)).uid).toBe((await stat(logs.path('azaan'))).uid);
    expect((await stat(logs.path('nginx/access.json'))).uid).toBe(Number(await succeed('id', ['-u', 'www-data'])));
  });

  it('is turned over at 100 MB, also where a package turns it over by time alone', async () => {
    await logs.machine.render({ LOG_QUOTA_MB: '1000' });
    await writeFile(
      logs.machine.path('etc/logrotate.d/nginx'),
      `${logs.path('nginx/*.log')} {\n  daily\n  rotate 14\n  compress\n  create\n  missingok\n}\n`,
      { mode: 0o644 },
    );
    await logs.put('nginx/error.log', { mb: 110 });
    await logs.put('azaan/relay.log', { mb: 110 });
    await logs.put('nginx/access.json', { mb: 1 });
    expect(await logs.quota()).toMatchObject({ code: 0, stdout: 'turned over what is larger than 100 MB\n' });
    const files = await logs.files();
    expect(files).toEqual(expect.arrayContaining(['azaan/relay.log.1.gz', 'nginx/error.log.1.gz']));
    // Its time has not come.
    expect(files).not.toContain('nginx/access.json.1');
    for (const log of ['azaan/relay.log', 'nginx/error.log']) expect((await stat(logs.path(log))).size, log).toBe(0);
  });

  it('is emptied when it cannot be turned over and the quota is not kept, and that is said', async () => {
    await rename(logs.machine.path('etc/logrotate.conf'), logs.machine.path('etc/logrotate.away'));
    await logs.put('azaan/relay.log', { mb: 150 });
    const { code, stdout } = await logs.quota();
    expect(code).toBe(0);
    expect(stdout).toContain('logrotate failed: ');
    expect(stdout).toMatch(/emptied \S+\/relay\.log \(150\.0 MB, [\d-]+\): not archived, lost/);
    expect((await stat(logs.path('azaan/relay.log'))).size).toBe(0);
    await rm(logs.machine.path('etc/logrotate.away'));
  });
});
