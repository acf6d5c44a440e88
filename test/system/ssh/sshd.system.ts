import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Daemon } from '../../support/daemon.js';
import { Machine, succeed } from '../support/machine.js';
import { CLIENT_IP, Network, SERVER_IP } from '../support/network.js';
import { DOMAIN } from '../support/nginx.js';

/** Of the jail. */
const TRIES_BEFORE_BAN = 5;

const resources = new AsyncDisposableStack();
let machine: Machine;
let network: Network;
let sshd: Daemon;

/** The real sshd with the rendered rules and keys of every kind, as packages make them. */
beforeAll(async () => {
  machine = resources.use(await Machine.make());
  network = resources.use(await Network.make(DOMAIN));
  const keys = await Promise.all(
    ['ed25519', 'rsa', 'ecdsa'].map(async (type) => {
      const key = machine.path(`ssh_host_${type}_key`);
      await succeed('ssh-keygen', ['-q', '-t', type, '-N', '', '-f', key]);
      return `HostKey ${key}\n`;
    }),
  );
  const config = machine.path('etc/ssh/sshd_config');
  await mkdir('/run/sshd', { recursive: true });
  const folder = machine.path('etc/ssh/sshd_config.d');
  await writeFile(join(folder, '50-cloud-init.conf'), 'PasswordAuthentication yes\nPermitRootLogin yes\n');
  // As Debian's begins, and as it goes on.
  await writeFile(config, `Include ${folder}/*.conf\nPasswordAuthentication yes\n${keys.join('')}`);
  const command = network.on('server', '/usr/sbin/sshd', '-D', '-e', '-f', config);
  sshd = resources.use(await Daemon.start(command, () => network.listens('server', 'tcp:22')));
});
afterAll(() => resources.disposeAsync());

describe('sshd', () => {
  it('takes keys only, whatever the cloud image brought', async () => {
    const effective = await succeed('/usr/sbin/sshd', ['-T', '-f', machine.path('etc/ssh/sshd_config')]);
    for (const line of [
      ...['passwordauthentication no', 'kbdinteractiveauthentication no', 'permitrootlogin no'],
      ...['permitemptypasswords no', 'pubkeyauthentication yes', 'maxauthtries 3', 'logingracetime 30'],
      'x11forwarding no',
    ]) {
      expect(effective.split('\n')).toContain(line);
    }
  });
});

describe('ssh-audit', () => {
  it('finds no weak algorithm in what sshd offers', async () => {
    const { stdout } = await network.run('client', ['ssh-audit', '-n', '-b', SERVER_IP]);
    expect(stdout).toContain('(kex) curve25519-sha256');
    const findings = stdout.split('\n').filter((line) => /\[(fail|warn)\]/.test(line));
    // Younger than the scanner: the key exchange against quantum computers, and the mark that mends Terrapin.
    expect(findings.filter((line) => !/sntrup761x25519|mlkem768x25519|kex-strict-s-v00/.test(line))).toEqual([]);
  });
});

describe('fail2ban', () => {
  const options = ['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null', '-o', 'BatchMode=yes'];

  it('takes an address off ssh that tries one name after another, by what sshd itself writes', async () => {
    for (let tries = 0; tries < TRIES_BEFORE_BAN; tries += 1) {
      const { code } = await network.run('client', ['ssh', ...options, `admin${tries}@${SERVER_IP}`, 'true']);
      expect(code).not.toBe(0);
    }
    const lines = () => sshd.output.split(/\r?\n/).filter((line) => line.startsWith('Invalid user'));
    await expect.poll(() => lines().length).toBe(TRIES_BEFORE_BAN);

    await cp('/etc/fail2ban', machine.path('etc/fail2ban'), { recursive: true, force: false });
    const log = machine.path('auth.log');
    // There is no journal here: the same lines, as syslog has them.
    const jail = ['[DEFAULT]', 'backend = polling', '[sshd]', 'backend = polling', `logpath = ${log}`];
    await writeFile(machine.path('etc/fail2ban/jail.d/zz-test.conf'), jail.join('\n'));
    await writeFile(machine.path('var/log/nginx/access.json'), '');
    await writeFile(log, '');
    const database = `s#^dbfile = .*#dbfile = ${machine.path('f2b.sqlite3')}#`;
    await succeed('sed', ['-i', database, machine.path('etc/fail2ban/fail2ban.conf')]);
    const paths = ['-s', machine.path('f2b.sock'), '-p', machine.path('f2b.pid'), '-c', machine.path('etc/fail2ban')];
    const client = async (...args: string[]) =>
      (await network.run('server', ['fail2ban-client', ...paths, ...args])).stdout;
    const server = network.on('server', 'fail2ban-server', '-f', ...paths, '--logtarget', 'STDOUT');
    await using fail2ban = await Daemon.start(server, async () => (await client('status')).includes('sshd'));

    const now = new Date().toISOString().slice(0, 19);
    await writeFile(
      log,
      lines()
        .map((line) => `${now}+00:00 server sshd[4711]: ${line}\n`)
        .join(''),
    );
    await expect.poll(() => client('get', 'sshd', 'banip'), { timeout: 15_000 }).toContain(CLIENT_IP);
    const rules = async () => (await network.run('server', ['iptables', '-S'])).stdout;
    await expect.poll(rules, { timeout: 5_000 }).toMatch(new RegExp(`-A f2b-sshd -s ${CLIENT_IP}/32 -j REJECT`));
    expect(fail2ban.output).toContain(`Ban ${CLIENT_IP}`);
    const refused = await network.run('client', ['ssh', ...options, '-o', 'ConnectTimeout=5', `somebody@${SERVER_IP}`]);
    expect(refused.stderr).toContain('Connection refused');

    expect(await client('set', 'sshd', 'unbanip', CLIENT_IP)).toBe('1\n');
    expect(await rules()).not.toContain(CLIENT_IP);
    const letIn = await network.run('client', ['ssh', ...options, '-o', 'ConnectTimeout=5', `somebody@${SERVER_IP}`]);
    expect(letIn.stderr).toContain('Permission denied');
  });
});
