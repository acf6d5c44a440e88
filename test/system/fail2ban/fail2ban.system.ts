import { appendFile, cp, readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Daemon } from '../../support/daemon.js';
import { startServer, type TestServer } from '../../support/server.js';
import { succeed } from '../support/machine.js';
import { Network } from '../support/network.js';
import { Nginx } from '../support/nginx.js';

const JSON_BODY = ['-H', 'Content-Type: application/json'];
const NO_OFFER = JSON.stringify({ connectionID: 'nobody', sdp: 'v=0' });
const ADMIN = '198.51.100.7';

/** What each jail counts, as nginx logs it. The only 429 is one of nginx itself. */
const JAILS = {
  'azaan-auth': ['401 POST /auth/token', '401 POST /broadcast'],
  'azaan-limit': ['429 GET /healthz'],
  'azaan-malformed': ['400 POST /consumer', '413 POST /consumer', '415 POST /consumer', '422 POST /consumer'],
};

const described = (line: string): string => {
  const { status, method, path } = JSON.parse(line) as Readonly<Record<string, string>>;
  return `${status!} ${method!} ${path!}`;
};

let relay: TestServer;
let nginx: Nginx;
let log: string;
let lines: readonly string[];

/** Everything that a jail is there for, through the real nginx to the real relay; and what none is there for. */
beforeAll(async () => {
  relay = await startServer({ MEDIA_WORKERS: '1', BAN_AFTER_FAILURES: '10' });
  nginx = await Nginx.start({ APP_PORT: new URL(relay.url).port, ADMIN_CIDRS: `${ADMIN}/32` });
  log = nginx.machine.path('var/log/nginx/access.json');
  const post = (path: string, body: string, ...more: string[]) => nginx.call(path, ...more, '--data-binary', body);

  for (const path of ['/auth/token', '/broadcast']) await post(path, NO_OFFER, ...JSON_BODY);
  await post('/consumer', '{', ...JSON_BODY);
  await post('/consumer', NO_OFFER, ...JSON_BODY);
  await post('/consumer', 'x', '-H', 'Content-Type: text/plain');
  const large = nginx.machine.path('large');
  await writeFile(large, 'x'.repeat(65 * 1_024));
  await post('/consumer', `@${large}`, ...JSON_BODY);
  // The relay bans this one by itself, and says so.
  for (let tries = 0; tries < 15; tries += 1) await post('/consumer', '{}', ...JSON_BODY, '-A', 'broken phone');
  // Whatever a caller writes, the line is about the caller's own address.
  const forged =
    '{"address":"8.8.8.8","time":"2026-11-23T00:00:00+00:00","status":"401","limit":"","method":"POST","path":"/consumer"';
  await nginx.call('/fine', '-A', forged, '-d', '{}');
  await nginx.call(`/${encodeURIComponent(forged)}`, '-d', '{}');
  for (const harmless of ['/', '/nowhere', '/metrics']) await nginx.call(harmless);
  await nginx.renderAgain({ CALLS_PER_SECOND: '1', CALLS_BURST: '1' });
  await Promise.all(Array.from({ length: 9 }, () => nginx.call('/healthz')));
  lines = (await readFile(log, 'utf8')).trim().split('\n');
});
afterAll(async () => {
  await nginx[Symbol.asyncDispose]();
  await relay.close();
});

describe('the filters, on what nginx writes', () => {
  it('are tried with a caller that the relay itself has banned', () => {
    const banned = lines.filter((line) => line.includes('broken phone') && line.includes('"status":"429"'));
    expect(banned.length).toBeGreaterThan(0);
  });

  it.each(Object.entries(JAILS))('%s finds its calls and no others', async (jail, calls) => {
    const jails = await readFile(nginx.machine.path('etc/fail2ban/jail.d/azaan.conf'), 'utf8');
    const [, options = ''] = new RegExp(`\\[${jail}\\][^[]*filter = azaan-nginx(\\[.*\\])`).exec(jails) ?? [];
    const filter = nginx.machine.path('etc/fail2ban/filter.d/azaan-nginx.conf');
    const output = await succeed('fail2ban-regex', [
      '--print-all-matched',
      '--print-no-missed',
      log,
      `${filter}${options}`,
    ]);
    const matched = output.split('\n').flatMap((line) => /\{"address":"127\.0\.0\.1".*\}/.exec(line) ?? []);
    expect([...new Set(matched.map(described))].sort()).toEqual([...calls].sort());
  });
});

describe('fail2ban', () => {
  it('takes an address off the air that goes on, by each jail, and lets it back', async () => {
    const { machine } = nginx;
    await using network = await Network.make('azaan.example.org');
    await cp('/etc/fail2ban', machine.path('etc/fail2ban'), { recursive: true, force: false });
    // No journal here, so no sshd.
    await writeFile(
      machine.path('etc/fail2ban/jail.d/zz-test.conf'),
      '[sshd]\nenabled = false\n[DEFAULT]\nbackend = polling\n',
    );
    await writeFile(log, '');
    const paths = ['-s', machine.path('f2b.sock'), '-p', machine.path('f2b.pid'), '-c', machine.path('etc/fail2ban')];
    const client = (...args: string[]) => network.run('server', ['fail2ban-client', ...paths, ...args]);
    const server = ['fail2ban-server', '-f', ...paths, '--logtarget', 'STDOUT'];
    await succeed('sed', [
      '-i',
      `s#^dbfile = .*#dbfile = ${machine.path('f2b.sqlite3')}#`,
      machine.path('etc/fail2ban/fail2ban.conf'),
    ]);
    await using daemon = await Daemon.start(network.on('server', ...server), async () => {
      const { stdout } = await client('status');
      return Object.keys(JAILS).every((jail) => stdout.includes(jail));
    });
    const rules = async () => (await network.run('server', ['iptables', '-S'])).stdout;

    for (const [index, [jail, calls]] of Object.entries(JAILS).entries()) {
      const guilty = `9.9.9.${index + 1}`;
      const times = Number((await client('get', jail, 'maxretry')).stdout);
      const real = lines.find((line) => described(line) === calls[0])!;
      const now = `${new Date().toISOString().slice(0, 19)}+00:00`;
      const from = (address: string) =>
        `${real.replace('127.0.0.1', address).replace(/"time":"[^"]*"/, `"time":"${now}"`)}\n`;
      // Somebody who stays below, and an administrator.
      await appendFile(log, from('8.8.4.4').repeat(5) + from(ADMIN).repeat(times + 10) + from(guilty).repeat(times));

      await expect
        .poll(async () => (await client('get', jail, 'banip')).stdout.trim(), { timeout: 20_000 })
        .toBe(guilty);
      await expect.poll(rules, { timeout: 5_000 }).toContain(`-A f2b-${jail} -s ${guilty}/32 -j REJECT`);
      expect(await rules()).toMatch(new RegExp(`--dports 80,443 -j f2b-${jail}`));
      expect(daemon.output).toContain(`Ban ${guilty}`);
      expect((await client('set', jail, 'unbanip', guilty)).code).toBe(0);
      expect(await rules()).not.toContain(guilty);
    }
  });
});
