import { chmod, copyFile, mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LogMachine } from '../support/log-machine.js';
import { KEY_SECRET, S3 } from '../support/s3.js';

const PREFIX = 'azaan.example.org/logs';
const LAST_SUCCESS = 'azaan_log_archive_last_success_timestamp_seconds';
const INSTALL_TIMEOUT_MS = 120_000;

let s3: S3;
let logs: LogMachine;

beforeAll(async () => {
  s3 = await S3.install();
}, INSTALL_TIMEOUT_MS);
afterAll(() => s3[Symbol.asyncDispose]());
beforeEach(async () => {
  await s3.empty();
  await s3.start();
  logs = await LogMachine.make(s3.answers);
});
afterEach(async () => {
  await s3.stop();
  await logs[Symbol.asyncDispose]();
});

const objectOf = (log: string) => `${PREFIX}/${log}`;

const metric = async (series: string): Promise<number> => {
  expect((await logs.quota()).code).toBe(0);
  return logs.metric(series);
};

describe('the archive of logs', () => {
  it('gets every compressed log that is meant for it, and nothing else; local files stay', async () => {
    const meant = [
      ...['auth.log', 'fail2ban.log', 'letsencrypt/letsencrypt.log', 'nginx/access.json', 'nginx/error.log'],
      ...['turnserver/turn.log', 'azaan/relay.log'],
    ];
    const names = await Promise.all(meant.map((log) => logs.turnedOver(log, 2, `${log}\n`)));
    for (const other of ['syslog', 'dpkg.log', 'azaan/deeper/relay.log'])
      await logs.turnedOver(other, 2, 'not for it\n');
    for (const other of ['azaan/relay.log', 'azaan/relay.log-20261126-1795651200', 'azaan/relay.log.2.gz']) {
      await logs.put(other, { daysOld: 1 });
    }
    const before = await logs.files();
    expect((await logs.archive()).code).toBe(0);
    expect(await s3.objects()).toEqual(names.map(objectOf).sort());
    expect(gunzipSync(await s3.read(objectOf(names.at(-1)!))).toString()).toBe('azaan/relay.log\n');
    expect(await logs.files()).toEqual(before);
    expect(Math.abs((await metric(LAST_SUCCESS)) - Date.now() / 1_000)).toBeLessThan(60);
  });

  it('gets no log twice, and none is written over', async () => {
    const name = await logs.turnedOver('azaan/relay.log', 2, 'relay\n');
    expect((await logs.archive()).stderr).toContain(`${name}: Copied`);
    await logs.turnedOver('azaan/relay.log', 2, 'another of the same name, and longer\n');
    const next = await logs.turnedOver('azaan/relay.log', 1, 'the next day\n');
    expect((await logs.archive()).stderr.match(/^.*: Copied/gm)).toEqual([expect.stringContaining(next)]);
    expect(await s3.objects()).toEqual([name, next].map(objectOf));
    expect(gunzipSync(await s3.read(objectOf(name))).toString()).toBe('relay\n');
  });

  it('gets no half of a log that is being compressed', async () => {
    const name = await logs.turnedOver('azaan/relay.log', 1, 'half\n');
    const uncompressed = name.slice(0, -'.gz'.length);
    await logs.put(uncompressed, { daysOld: 1 });
    await logs.archive();
    expect(await s3.objects()).toEqual([]);
    await rm(logs.path(uncompressed));
    await logs.archive();
    expect(await s3.objects()).toEqual([objectOf(name)]);
  });

  it('keeps 90 days, and what others put there, below its prefix and elsewhere', async () => {
    const old = 'relay.log-20200101-1577836800.gz';
    const [gone, ofEarlierReleases, kept] = [
      `azaan/${old}`,
      'relay/relay.log-20200101T000000Z.gz',
      'azaan/notes-of-2020.gz',
    ];
    const objects = [
      ...[gone, ofEarlierReleases, kept].map(objectOf),
      `azaan.example.org/${old}`,
      `another/logs/azaan/${old}`,
    ];
    for (const object of objects) await s3.put(object, { daysOld: 91 });
    const young = objectOf(await logs.turnedOver('azaan/relay.log', 1, 'relay\n'));
    await logs.archive();
    await s3.put(young, { daysOld: 89 });
    const { code, stderr } = await logs.archive();
    expect(code).toBe(0);
    expect(stderr).not.toContain('Deleted');
    expect(await s3.objects()).toEqual([...objects.slice(2), young].sort());
  });

  it('goes on where it was, after the storage was away', async () => {
    await logs.turnedOver('azaan/relay.log', 3, 'one\n');
    await logs.archive();
    const lastSuccess = await metric(LAST_SUCCESS);
    await logs.turnedOver('azaan/relay.log', 2, 'two\n');
    const before = await logs.files();
    await s3.stop();
    const { code, stderr } = await logs.archive();
    expect(code).toBe(1);
    expect(stderr).toContain('connection refused');
    expect(await metric(LAST_SUCCESS)).toBe(lastSuccess);
    expect(await logs.files()).toEqual(before);
    await s3.start();
    expect((await logs.archive()).code).toBe(0);
    expect(await s3.objects()).toHaveLength(2);
  });

  it('does not count a run as a success in which one log could not be copied, and copies the others', async () => {
    const [broken, other] = [
      await logs.turnedOver('azaan/relay.log', 3, 'one\n'),
      await logs.turnedOver('auth.log', 2, 'two\n'),
    ];
    await s3.block(objectOf(broken));
    const { code, stderr } = await logs.archive();
    expect(code).toBe(1);
    expect(stderr).toContain(`${broken}: Failed to copy`);
    expect(await s3.objects()).toContain(objectOf(other));
    expect(await metric(LAST_SUCCESS)).toBe(0);
  });

  it('is refused with a wrong key, and shows no key to anybody', async () => {
    await logs.turnedOver('azaan/relay.log', 1, 'relay\n');
    await logs.archive();
    const calls = s3.calls;
    await logs.machine.render({ LOG_ARCHIVE_SECRET: 'another-key-secret' });
    const { code, stdout, stderr } = await logs.archive();
    expect(code).toBe(1);
    expect(stderr).toContain('SignatureDoesNotMatch');
    expect(stdout + stderr + calls).not.toMatch(/key-secret/);
    expect(KEY_SECRET).toContain('key-secret');
    expect((await stat(logs.machine.path('etc/azaan/rclone.conf'))).mode & 0o007).toBe(0);
  });

  it('says so when there is none', async () => {
    await logs.machine.render({ LOG_ARCHIVE_BUCKET: '' });
    const { code, stdout } = await logs.archive();
    expect(code).toBe(0);
    expect(stdout).toBe('no archive: LOG_ARCHIVE_BUCKET of the answers is empty; logs are kept on this machine only\n');
    expect(await metric('azaan_log_archive_enabled')).toBe(0);
    await expect(logs.machine.render({ LOG_ARCHIVE_BUCKET: 'b-c', LOG_ARCHIVE_KEY_ID: '' })).rejects.toThrow(
      'LOG_ARCHIVE_KEY_ID is missing, which LOG_ARCHIVE_BUCKET needs',
    );
  });

  it('is filled by a user who may read every log and write none, with a configuration from systemd', async () => {
    const name = await logs.turnedOver('azaan/relay.log', 1, 'relay\n');
    await chmod(logs.path(name), 0o600);
    await chmod(logs.path('azaan'), 0o700);
    await chmod(logs.machine.path('var/lib/azaan-logs'), 0o777);
    const credentials = logs.machine.path('credentials');
    await mkdir(credentials);
    await copyFile(logs.machine.path('etc/azaan/rclone.conf'), join(credentials, 'rclone.conf'));
    await chmod(join(credentials, 'rclone.conf'), 0o644);
    const rights = ['--inh-caps', '--ambient-caps', '--bounding-set'].flatMap((set) => [set, '-all,+dac_read_search']);
    const asService = [
      'setpriv',
      '--reuid',
      'nobody',
      '--regid',
      'nogroup',
      '--clear-groups',
      '--no-new-privs',
      ...rights,
    ];
    const { code, stderr } = await logs.archive({ CREDENTIALS_DIRECTORY: credentials }, asService);
    expect(code, stderr).toBe(0);
    expect(await s3.objects()).toEqual([objectOf(name)]);
  });
});

describe('the quota of a machine with an archive', () => {
  it('takes what is archived first, though it is newer, and says of the rest that it is lost', async () => {
    const archived = await logs.turnedOver('azaan/relay.log', 2, 'archived\n');
    await logs.archive();
    const waiting = [
      await logs.turnedOver('azaan/relay.log', 4, 'later\n'),
      await logs.turnedOver('azaan/relay.log', 3, 'later\n'),
    ];
    expect(await metric('azaan_log_archive_waiting_files')).toBe(2);
    await logs.machine.render({ LOG_DISK_FREE_MB: '1000000' });
    const { stdout } = await logs.quota();
    expect(stdout.split('\n').slice(0, 3)).toEqual([
      `dropped ${logs.path(archived)}: archived`,
      ...waiting.map((name) => `dropped ${logs.path(name)}: not archived, lost`),
    ]);
    await logs.machine.render({ LOG_DISK_FREE_MB: '0' });
    expect(await metric('azaan_log_dropped_files_total{archived="yes"}')).toBe(1);
    expect(await metric('azaan_log_dropped_files_total{archived="no"}')).toBe(2);
  });
});
