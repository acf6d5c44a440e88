import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LogMachine } from '../support/log-machine.js';
import { INFRA, run } from '../support/machine.js';
import { KEY_SECRET, S3 } from '../support/s3.js';

const PREFIX = 'azaan.example.org/logs';
const INSTALL_TIMEOUT_MS = 120_000;

let s3: S3;
let logs: LogMachine;

beforeAll(async () => {
  s3 = await S3.install();
}, INSTALL_TIMEOUT_MS);
afterAll(async () => {
  await s3[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await s3.empty();
  await s3.start();
  logs = await LogMachine.make({ ...s3.answers, LOG_QUOTA_MB: '100' });
});
afterEach(async () => {
  await s3.stop();
  await logs[Symbol.asyncDispose]();
});

const record = async () =>
  JSON.parse(await readFile(logs.machine.path('var/lib/azaan-logs/archived.json'), 'utf8')) as {
    readonly lastSuccessSeconds: number;
    readonly objects: readonly string[];
  };

/** The name that a log of that age has in the archive. */
const objectOf = (log: string, daysOld: number): string => {
  const at = new Date(Date.now() - daysOld * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '');
  return expect.stringMatching(new RegExp(`^${PREFIX}/${log}-${at}T\\d{6}Z\\.gz$`)) as string;
};

const metric = async (name: string): Promise<number> => {
  expect((await logs.quota()).code).toBe(0);
  const text = await readFile(logs.machine.path('textfiles/logs.prom'), 'utf8');
  return Number(new RegExp(`^${name.replaceAll(/[{}]/g, '\\$&')} (\\d+)$`, 'm').exec(text)?.[1]);
};

describe('the archive of logs', () => {
  it('gets every compressed log that is meant for it, and nothing else; local files stay', async () => {
    await logs.compressed('azaan/relay.log.2.gz', 'relay\n', 2);
    await logs.compressed('nginx/access.json.2.gz', 'calls\n', 2);
    await logs.compressed('nginx/error.log.2.gz', 'errors\n', 2);
    await logs.compressed('turnserver/turn.log.1.gz', 'turn\n', 1);
    await logs.compressed('fail2ban.log.2.gz', 'bans\n', 14);
    await logs.compressed('auth.log.2.gz', 'ssh\n', 14);
    await logs.compressed('letsencrypt/letsencrypt.log.1.gz', 'certbot\n', 8);
    await logs.compressed('dpkg.log.2.gz', 'packages\n', 60);
    await logs.put('azaan/relay.log.1', { mb: 1, daysOld: 1 });
    await logs.put('azaan/relay.log', { mb: 1 });
    const before = await logs.files();
    expect(await logs.archive()).toMatchObject({ code: 0, stderr: '' });
    expect(await s3.objects()).toEqual([
      objectOf('auth/auth.log', 14),
      objectOf('coturn/turn.log', 1),
      objectOf('fail2ban/fail2ban.log', 14),
      objectOf('letsencrypt/letsencrypt.log', 8),
      objectOf('nginx-calls/access.json', 2),
      objectOf('nginx-errors/error.log', 2),
      objectOf('relay/relay.log', 2),
    ]);
    expect(gunzipSync(await s3.read((await s3.objects()).at(-1)!)).toString()).toBe('relay\n');
    expect(await logs.files()).toEqual(before);
    expect(
      Math.abs((await metric('azaan_log_archive_last_success_timestamp_seconds')) - Date.now() / 1_000),
    ).toBeLessThan(60);
  });

  it('gets no log twice, though logrotate renames it every day', async () => {
    const path = await logs.compressed('azaan/relay.log.2.gz', 'relay\n', 2);
    await logs.archive();
    await rename(path, logs.path('azaan/relay.log.3.gz'));
    await logs.compressed('azaan/relay.log.2.gz', 'the next day\n', 1);
    const { stdout } = await logs.archive();
    expect(stdout.trim().split('\n')).toHaveLength(1);
    expect(await s3.objects()).toEqual([objectOf('relay/relay.log', 2), objectOf('relay/relay.log', 1)]);
    expect(await logs.archive()).toMatchObject({ code: 0, stdout: '' });
  });

  it('keeps 90 days, and what others put there', async () => {
    await logs.compressed('azaan/relay.log.1.gz', 'relay\n', 1);
    const stamp = (days: number) =>
      new Date(Date.now() - days * 86_400_000).toISOString().replaceAll(/[-:]|\.\d+/g, '');
    const config = logs.machine.path('etc/azaan/rclone.conf');
    const names = [`relay/relay.log-${stamp(91)}.gz`, `relay/relay.log-${stamp(89)}.gz`, 'relay/notes-of-2020.gz'];
    for (const name of names) {
      const { code } = await run(
        'rclone',
        ['--config', config, 'copyto', logs.path('azaan/relay.log.1.gz'), `logs:${name}`],
        {
          AWS_CA_BUNDLE: '',
        },
      );
      expect(code).toBe(0);
    }
    expect((await logs.archive()).stdout).toContain(`dropped ${names[0]!}: older than 90 days`);
    expect(await s3.objects()).toEqual([
      `${PREFIX}/${names[2]!}`,
      `${PREFIX}/${names[1]!}`,
      objectOf('relay/relay.log', 1),
    ]);
  });

  it('goes on where it was, after the storage was away', async () => {
    await logs.compressed('azaan/relay.log.3.gz', 'one\n', 3);
    await logs.archive();
    const { lastSuccessSeconds } = await record();
    await logs.compressed('azaan/relay.log.2.gz', 'two\n', 2);
    await s3.stop();
    const failed = await logs.archive();
    expect(failed.code).toBe(1);
    expect(failed.stderr).toMatch(/^archive: .*connection refused/);
    expect((await record()).lastSuccessSeconds).toBe(lastSuccessSeconds);
    expect(await logs.files()).toEqual(['azaan/relay.log.2.gz', 'azaan/relay.log.3.gz']);
    await s3.start();
    const { code, stdout } = await logs.archive();
    expect(code).toBe(0);
    expect(stdout.trim().split('\n')).toHaveLength(1);
    expect(await s3.objects()).toHaveLength(2);
  });

  it('does not count a run as a success in which one log could not be copied, and copies the others', async () => {
    const broken = await logs.compressed('azaan/relay.log.3.gz', 'one\n', 3);
    await logs.compressed('azaan/relay.log.2.gz', 'two\n', 2);
    await logs.archive();
    const [first] = await s3.objects();
    await s3.stop();
    await s3.empty();
    await s3.start();
    await s3.block(first!);
    await rm(logs.machine.path('var/lib/azaan-logs'), { recursive: true });
    const { code, stdout } = await logs.archive();
    expect(code).toBe(1);
    expect(stdout).toContain(`not archived: ${broken}: `);
    expect((await record()).lastSuccessSeconds).toBe(0);
    expect((await record()).objects).toHaveLength(1);
  });

  it('is refused with a wrong key, and shows no key to anybody', async () => {
    await logs.compressed('azaan/relay.log.1.gz', 'relay\n', 1);
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
    await logs.compressed('azaan/relay.log.1.gz', 'relay\n', 1);
    await chmod(logs.path('azaan/relay.log.1.gz'), 0o600);
    await chmod(logs.path('azaan'), 0o700);
    const state = logs.machine.path('var/lib/azaan-logs');
    await mkdir(state);
    await chmod(state, 0o777);
    // As the unit has it; ROOT is / there, so that this root is put in its place.
    const credentials = logs.machine.path('credentials');
    await mkdir(credentials);
    await writeFile(join(credentials, 'rclone.conf'), await readFile(logs.machine.path('etc/azaan/rclone.conf')));
    await chmod(join(credentials, 'rclone.conf'), 0o644);
    const own = ['var/log', 'var/lib/azaan-logs'].map((path) => `mount --bind ${logs.machine.path(path)} /${path}`);
    const asService = [
      ...['setpriv', '--reuid', 'nobody', '--regid', 'nogroup', '--clear-groups', '--no-new-privs'],
      ...[
        '--inh-caps',
        '-all,+dac_read_search',
        '--ambient-caps',
        '-all,+dac_read_search',
        '--bounding-set',
        '-all,+dac_read_search',
      ],
    ];
    await mkdir('/var/lib/azaan-logs', { recursive: true });
    const { code, stdout, stderr } = await run(
      'unshare',
      [
        ...['--mount', 'sh', '-c', `${own.join(' && ')} && exec "$@"`, 'sh', ...asService],
        ...[process.execPath, join(INFRA, 'parts/logs/archive.mjs')],
      ],
      { CREDENTIALS_DIRECTORY: credentials, AZAAN_ANSWERS: '/nonexistent' },
    );
    await rm('/var/lib/azaan-logs', { recursive: true, force: true });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^archived relay\//);
    expect(await s3.objects()).toEqual([objectOf('relay/relay.log', 1)]);
  });
});

describe('the quota of a machine with an archive', () => {
  it('takes what is archived first, though it is newer, and says of the rest that it is lost', async () => {
    await logs.compressed('azaan/relay.log.2.gz', 'archived\n', 2);
    await logs.archive();
    await logs.compressed('azaan/relay.log.3.gz', 'not archived\n', 3);
    await logs.compressed('azaan/relay.log.4.gz', 'not archived\n', 4);
    expect(await metric('azaan_log_archive_waiting_files')).toBe(2);
    await logs.machine.render({ LOG_DISK_FREE_MB: '1000000' });
    const { stdout } = await logs.quota();
    const dropped = stdout.split('\n').filter((line) => line.startsWith('dropped'));
    expect(dropped.map((line) => /relay\.log\.\d/.exec(line)?.[0])).toEqual([
      'relay.log.2',
      'relay.log.4',
      'relay.log.3',
    ]);
    expect(dropped.map((line) => line.split(': ')[1])).toEqual([
      'archived',
      'not archived, lost',
      'not archived, lost',
    ]);
    await logs.machine.render({ LOG_DISK_FREE_MB: '0' });
    expect(await metric('azaan_log_dropped_files_total{archived="yes"}')).toBe(1);
    expect(await metric('azaan_log_dropped_files_total{archived="no"}')).toBe(2);
  });
});
