import { appendFile, cp, readFile, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Daemon } from '../../support/daemon.js';
import { Machine, succeed } from './support/machine.js';
import { Network } from './support/network.js';
import { Nginx } from './support/nginx.js';

const JAILS = {
  'azaan-auth': ['401 /auth/token', '401 /consumer'],
  'azaan-limit': ['429 /consumer'],
  'azaan-malformed': ['400 /consumer', '413 /broadcast', '415 /consumer', '422 /broadcast'],
};
const HARMLESS = ['200 /consumer', '503 /consumer', '404 /nowhere', '400 /auth/token'];

/** The filter of a jail, as fail2ban itself understands it: `filter[options]`. */
const filterOf = (jails: string, jail: string) => new RegExp(`\\[${jail}\\][^[]*filter = (.*)`).exec(jails)![1]!;

describe('the filters, on what nginx writes', () => {
  let app: Server;
  let nginx: Nginx;

  beforeAll(async () => {
    app = createServer((incoming, response) => {
      response.statusCode = Number(incoming.headers['x-wanted'] ?? 200);
      incoming.resume().on('end', () => response.end());
    });
    app.listen(0, '127.0.0.1');
    await once(app, 'listening');
    nginx = await Nginx.start({ APP_PORT: String((app.address() as AddressInfo).port) });
    for (const call of [...Object.values(JAILS).flat(), ...HARMLESS]) {
      const [status, path] = call.split(' ');
      await nginx.call(path!, '-X', 'POST', '-d', '{}', '-H', `X-Wanted: ${status!}`);
    }
    // Whatever a caller writes, the line is about the caller's own address.
    const forged =
      '{"address":"8.8.8.8","time":"2026-11-23T00:00:00+00:00","status":"401","method":"POST","path":"/consumer"';
    await nginx.call('/fine', '-A', forged, '-X', 'POST', '-d', '{}');
    await nginx.call(`/${encodeURIComponent(forged)}`, '-X', 'POST', '-d', '{}');
  });
  afterAll(async () => {
    await nginx[Symbol.asyncDispose]();
    await new Promise((resolve) => app.close(resolve));
  });

  it.each(Object.entries(JAILS))('%s finds its calls and no others', async (jail, calls) => {
    const jails = await readFile(nginx.machine.path('etc/fail2ban/jail.d/azaan.conf'), 'utf8');
    const [, options = ''] = /^azaan-nginx(\[.*\])$/.exec(filterOf(jails, jail)) ?? [];
    const filter = nginx.machine.path('etc/fail2ban/filter.d/azaan-nginx.conf');
    const log = nginx.machine.path('var/log/nginx/access.json');
    const output = await succeed('fail2ban-regex', [
      '--print-all-matched',
      '--print-no-missed',
      log,
      `${filter}${options}`,
    ]);
    const matched = output.split('\n').filter((line) => line.includes('"address":"127.0.0.1"'));
    const seen = matched.map((line) =>
      /"status":"(\d+)","method":"POST","path":"([^"]*)"/.exec(line)!.slice(1).join(' '),
    );
    expect(seen.sort()).toEqual([...calls].sort());
  });
});

describe('fail2ban', () => {
  it('takes an address off the air that goes on guessing tokens, and lets it back', async () => {
    await using machine = await Machine.make({ ADMIN_CIDRS: '198.51.100.7/32' });
    await using network = await Network.make('azaan.example.org');
    await cp('/etc/fail2ban', machine.path('etc/fail2ban'), { recursive: true, force: false });
    // No journal here, so no sshd.
    await writeFile(
      machine.path('etc/fail2ban/jail.d/zz-test.conf'),
      '[sshd]\nenabled = false\n[DEFAULT]\nbackend = polling\n',
    );
    const log = machine.path('var/log/nginx/access.json');
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
      return stdout.includes('azaan-malformed');
    });

    const line = (address: string) =>
      `{"address":"${address}","time":"${new Date().toISOString().slice(0, 19)}+00:00","status":"401","method":"POST","path":"/auth/token","host":"x"}\n`;
    await appendFile(log, line('9.9.9.9').repeat(30) + line('8.8.4.4').repeat(5) + line('198.51.100.7').repeat(40));
    const banned = async () => (await client('get', 'azaan-auth', 'banip')).stdout.trim();
    await expect.poll(banned, { timeout: 15_000 }).toBe('9.9.9.9');
    const rules = async () => (await network.run('server', ['iptables', '-S'])).stdout;
    await expect.poll(rules, { timeout: 5_000 }).toMatch(/-A f2b-azaan-auth -s 9\.9\.9\.9\/32 -j REJECT/);
    expect(await rules()).toMatch(/--dports 80,443 -j f2b-azaan-auth/);

    expect(daemon.output).toContain('Ban 9.9.9.9');
    expect((await client('set', 'azaan-auth', 'unbanip', '9.9.9.9')).code).toBe(0);
    expect(await rules()).not.toContain('9.9.9.9');
  });
});
