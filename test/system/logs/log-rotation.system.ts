import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { LogMachine } from '../support/log-machine.js';
import { succeed } from '../support/machine.js';

const LARGE_MB = 110;
const PM2 = '../../home/fillmasjid/.pm2/pm2.log';
const OWNERS = { 'turnserver/turn.log': 'turnserver', 'azaan/relay.log': '64999', [PM2]: '64999' };
const ROTATED = /-\d{8}-\d+(?:\.gz)?$/;
/** A second is what tells two names apart. */
const UNTIL_ANOTHER_NAME_MS = 1_050;

let logs: LogMachine;

beforeEach(async () => {
  logs = await LogMachine.make();
  await logs.put('nginx/access.json', {});
  for (const [log, owner] of Object.entries(OWNERS)) {
    const path = await logs.put(log, {});
    await succeed('chown', ['--recursive', `${owner}:${owner}`, dirname(path)]);
  }
});
afterEach(() => logs[Symbol.asyncDispose]());

/** What became of a log, oldest first. */
async function turnedOver(log: string): Promise<string[]> {
  const files = await readdir(dirname(logs.path(log)));
  return files
    .filter((file) => file.startsWith(`${basename(log)}-`))
    .map((file) => join(dirname(log), file))
    .sort();
}

it('turns every log over and compresses it; none goes for their number, and all after two weeks', async () => {
  const all = ['nginx/access.json', ...Object.keys(OWNERS)];
  for (const log of all) await logs.turnedOver(log, 15.1, 'old\n');
  for (let round = 1; round <= 3; round += 1) {
    for (const log of all) await writeFile(logs.path(log), `round ${round}\n`);
    expect(await logs.rotate('--force')).toMatchObject({ code: 0, stderr: '' });
    await sleep(UNTIL_ANOTHER_NAME_MS);
  }
  for (const log of all) {
    const files = await turnedOver(log);
    expect(files, log).toHaveLength(3);
    for (const file of files) expect(file).toMatch(ROTATED);
    for (const file of files.slice(0, 2)) expect(file).toMatch(/\.gz$/);
    expect(gunzipSync(await readFile(logs.path(files[0]!))).toString(), log).toBe('round 1\n');
  }
});

it('turns a log over that grew beyond 100 MB, also where a package turns it over by time alone', async () => {
  await writeFile(
    logs.machine.path('etc/logrotate.d/nginx'),
    `${logs.path('nginx/*.log')} {\n  daily\n  rotate 14\n  compress\n  create\n  missingok\n}\n`,
    { mode: 0o644 },
  );
  const grown = ['azaan/relay.log', 'nginx/error.log'];
  await logs.put('nginx/error.log', { mb: LARGE_MB });
  await succeed('fallocate', ['--length', `${LARGE_MB}MiB`, logs.path('azaan/relay.log')]);
  const { uid } = await stat(logs.path('azaan/relay.log'));
  expect(await logs.rotate()).toMatchObject({ code: 0, stderr: '' });
  for (const log of grown) {
    const [file = '', ...more] = await turnedOver(log);
    expect(file).toMatch(ROTATED);
    expect(more).toEqual([]);
    expect((await stat(logs.path(log))).size, log).toBe(0);
  }
  expect((await stat(logs.path((await turnedOver('azaan/relay.log'))[0]!))).uid).toBe(uid);
  // Its time has not come.
  expect(await turnedOver('nginx/access.json')).toEqual([]);
});

it('does in the folder of the relay’s user only what that user may', async () => {
  const path = await logs.put('azaan/of-root.log', { mb: LARGE_MB });
  await chmod(path, 0o600);
  expect((await logs.rotate()).stderr).toContain('Permission denied');
  expect((await stat(path)).size).toBe(LARGE_MB * 1_048_576);
  expect(await turnedOver('azaan/of-root.log')).toEqual([]);
});

it('leaves to packages what they turn over', async () => {
  const text = await readFile(logs.machine.path('etc/logrotate.d/azaan'), 'utf8');
  expect(text).not.toMatch(/nginx\/\*\.log|letsencrypt/);
});
