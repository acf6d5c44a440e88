import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MEDIA_PORTS } from '../../../src/config/media-ports.js';
import { Coturn, credentialOf, MEDIA_PORT, SECRET } from '../support/coturn.js';
import { INFRA, succeed } from '../support/machine.js';
import { CLIENT_IP, SERVER_IP } from '../support/network.js';

/** What the plan opens, and what a server has besides. 3478 is coturn's own. */
const OPEN = ['tcp:80', 'tcp:443', `udp:${MEDIA_PORT}`, 'udp:49167', 'udp:49168', 'udp:57000', 'udp:65535'];
const CLOSED = ['tcp:21', 'tcp:3000', 'tcp:8443', 'tcp:9100', 'tcp:9090', 'udp:53', 'udp:3000', 'udp:49151'];
const SSH = 'tcp:22';
const support = (file: string) => join(import.meta.dirname, '../support', file);
const PROBE = [process.execPath, support('ports-probe.mjs')];
const AS_COTURN = ['setpriv', '--reuid', 'turnserver', '--clear-groups'];

let coturn: Coturn;

/** Runs a command on the server, whose ufw has files of its own instead of this machine's. */
async function onServer(...command: string[]) {
  const { machine, network } = coturn;
  const own = ['etc/ufw', 'etc/default', 'var/lib/ufw']
    .map((path) => `mount --bind ${machine.path(path)} /${path}`)
    .join(' && ');
  const env = { AZAAN_ANSWERS: machine.answersFile, NODE: process.execPath };
  return network.run('server', ['sh', '-c', `${own} && exec "$@"`, 'sh', ...command], env);
}
const apply = (...args: string[]) => onServer(join(INFRA, 'parts/firewall/apply'), ...args);

/** Which of the ports answer the client. */
async function reachable(...ports: string[]): Promise<string[]> {
  const { stdout } = await coturn.network.run('client', [...PROBE, SERVER_IP, ...ports]);
  return JSON.parse(stdout) as string[];
}

/** Connections that the client has to port 80. */
async function established(): Promise<string[]> {
  const { stdout } = await coturn.network.run('client', ['ss', '-Htn', 'dport = :80']);
  return stdout.split('\n').filter((line) => /^(?:ESTAB|CLOSE-WAIT)/.test(line));
}

beforeAll(async () => {
  coturn = await Coturn.start();
  const { machine } = coturn;
  await cp('/etc/ufw', machine.path('etc/ufw'), { recursive: true });
  await cp('/etc/default/ufw', machine.path('etc/default/ufw'));
  await mkdir(machine.path('var/lib/ufw'), { recursive: true });
  await mkdir('/var/lib/ufw', { recursive: true });
  await coturn.runMedia();
  // The media's echo is there already.
  const ports = [...OPEN, ...CLOSED, SSH, `udp:${MEDIA_PORT + 8}`].filter((port) => port !== `udp:${MEDIA_PORT}`);
  await coturn.run([process.execPath, support('ports-open.mjs'), ...ports], ...ports);
});
afterAll(() => coturn[Symbol.asyncDispose]());

describe('the firewall', () => {
  it('is what closes ports here: without it all answer', async () => {
    const all = [...OPEN, ...CLOSED, SSH];
    expect(await reachable(...all)).toEqual(all);
  });

  it('refuses to lock everybody out', async () => {
    await coturn.machine.render({ ADMIN_CIDRS: '' });
    const { code, stderr } = await apply();
    expect(code).toBe(1);
    expect(stderr).toContain('nobody could log in');
    expect((await onServer('ufw', 'status')).stdout).toContain('Status: inactive');
  });

  it('says with --check that it would change something, and does not', async () => {
    await coturn.machine.render({ ADMIN_CIDRS: '198.51.100.0/24' });
    expect(await apply('--check')).toMatchObject({ code: 3, stdout: 'would change the firewall\n', stderr: '' });
    expect((await onServer('ufw', 'show', 'added')).stdout).not.toContain('22');
    expect((await onServer('cat', '/etc/ufw/before.rules')).stdout).not.toContain('azaan');
  });

  it('opens exactly the ports of the plan, and ssh to administrators alone', async () => {
    await coturn.machine.render({ ADMIN_CIDRS: '198.51.100.0/24 198.18.0.1/32' });
    expect(await apply()).toMatchObject({ code: 0, stdout: 'changed the firewall\n', stderr: '' });
    expect(await reachable(...OPEN, ...CLOSED, SSH)).toEqual(OPEN);
    await coturn.machine.render({ ADMIN_CIDRS: `${CLIENT_IP}/32` });
    expect(await apply()).toMatchObject({ code: 0, stdout: 'changed the firewall\n' });
    expect(await reachable(...OPEN, ...CLOSED, SSH)).toEqual([...OPEN, SSH]);
    // The networks from before are gone.
    expect((await onServer('ufw', 'status')).stdout).not.toContain('198.51.100.0/24');
  });

  it('changes nothing the second time, and comes back when the machine starts', async () => {
    expect(await apply('--check')).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(await apply()).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect((await onServer('grep', '^ENABLED', '/etc/ufw/ufw.conf')).stdout).toBe('ENABLED=yes\n');
    expect((await onServer('ufw', 'status', 'verbose')).stdout).toContain('Default: deny (incoming), allow (outgoing)');
  });

  it('mends what comes in by default, and switches on what is off', async () => {
    for (const how of [['default', 'allow', 'incoming'], ['disable']]) {
      expect((await onServer('ufw', ...how)).code).toBe(0);
      expect(await reachable('tcp:3000')).toEqual(['tcp:3000']);
      expect(await apply('--check')).toMatchObject({ code: 3 });
      expect(await apply()).toMatchObject({ code: 0, stdout: 'changed the firewall\n' });
      expect(await reachable('tcp:3000', 'tcp:80')).toEqual(['tcp:80']);
    }
  });

  it.each([
    ['198.51.100.7/24', 'ADMIN_CIDRS has 198.51.100.7/24, which is 198.51.100.0/24 or 198.51.100.7/32'],
    ['198.51.100.7 198.51.100.7/32', 'ADMIN_CIDRS has 198.51.100.7/32 twice'],
    ['198.51.100.0/24 office', 'ADMIN_CIDRS must be IPv4 networks such as 198.51.100.0/24, which office is not'],
  ])('touches nothing while ADMIN_CIDRS are %j', async (networks, reason) => {
    const { answersFile } = coturn.machine;
    const before = await readFile(answersFile, 'utf8');
    await writeFile(answersFile, before.replace(/^ADMIN_CIDRS=.*$/m, `ADMIN_CIDRS="${networks}"`));
    const { code, stderr } = await apply();
    await writeFile(answersFile, before);
    expect(code).toBe(1);
    expect(stderr).toContain(reason);
    expect((await onServer('ufw', 'status')).stdout).toContain('Status: active');
    expect(await apply('--check')).toMatchObject({ code: 0 });
  });

  it('takes ADMIN_CIDRS in quotes and with a comment, and is content with them the second time', async () => {
    const { answersFile } = coturn.machine;
    const before = await readFile(answersFile, 'utf8');
    const line = `ADMIN_CIDRS="${CLIENT_IP}/32 198.51.100.0/24" # office`;
    await writeFile(answersFile, before.replace(/^ADMIN_CIDRS=.*$/m, line));
    expect(await apply()).toMatchObject({ code: 0, stdout: 'changed the firewall\n', stderr: '' });
    expect(await apply('--check')).toMatchObject({ code: 0, stdout: '' });
    await writeFile(answersFile, before);
    expect(await apply()).toMatchObject({ code: 0 });
  });

  it('is as it was before, and on, when it fails half-way', async () => {
    const bin = coturn.machine.path('bin');
    await mkdir(bin, { recursive: true });
    const ufw = (await succeed('which', ['ufw'])).trim();
    await writeFile(join(bin, 'ufw'), `#!/bin/sh\n[ "$*" = 'allow 443/tcp' ] || exec ${ufw} "$@"\nexit 1\n`, {
      mode: 0o755,
    });
    const rules = async () => (await onServer('ufw', 'show', 'added')).stdout;
    const before = await rules();
    await coturn.machine.render({ ADMIN_CIDRS: '198.51.100.0/24' });
    const path = `PATH=${bin}:${process.env['PATH']!}`;
    const { code, stderr } = await onServer('env', path, join(INFRA, 'parts/firewall/apply'));
    await coturn.machine.render({ ADMIN_CIDRS: `${CLIENT_IP}/32` });
    expect(code).toBe(1);
    expect(stderr).toContain('it failed half-way: the firewall is as it was before');
    expect(await rules()).toBe(before);
    expect(await reachable('tcp:3000', SSH)).toEqual([SSH]);
    expect(await apply('--check')).toMatchObject({ code: 0 });
  });

  it.each([
    ['UDP', []],
    ['TCP', ['-t']],
  ])('lets coturn relay to the media over %s', async (_, how) => {
    const { sent, back } = await coturn.relayed(credentialOf(SECRET, Math.floor(Date.now() / 1_000) + 600), ...how);
    expect(sent).toBeGreaterThan(0);
    expect(back).toBe(sent);
  });

  it('lets coturn send nowhere else, not even to other ports of its own machine', async () => {
    const asCoturn = (...ports: string[]) => onServer(...AS_COTURN, ...PROBE, SERVER_IP, ...ports);
    expect((await asCoturn('udp:3000', 'udp:53', 'tcp:22', 'tcp:3000', 'udp:57000')).stdout).toBe('[]');
    // All media ports of the relay, and not the one after the last.
    const media = [`udp:${MEDIA_PORT}`, `udp:${MEDIA_PORT + MEDIA_PORTS - 1}`, `udp:${MEDIA_PORT + MEDIA_PORTS}`];
    expect(JSON.parse((await asCoturn(...media)).stdout)).toEqual(media.slice(0, 2));
    // Others of the same machine are not concerned.
    expect((await onServer(...PROBE, SERVER_IP, 'tcp:3000')).stdout).toBe('["tcp:3000"]');
  });

  it('lets coturn send nothing at all over IPv6', async () => {
    const ports = [`udp:${MEDIA_PORT + 8}`, 'tcp:3000'];
    expect((await onServer(...PROBE, '::1', ...ports)).stdout).toBe(JSON.stringify(ports));
    expect((await onServer(...AS_COTURN, ...PROBE, '::1', ...ports)).stdout).toBe('[]');
  });

  it.each([
    ['once it is on', []],
    ['after it was loaded again', ['reload']],
  ])(
    'stops a flood of new flows from one address, but not a neighbourhood that joins at once, %s',
    async (_, again) => {
      for (const command of again) expect((await onServer('ufw', command)).code).toBe(0);
      // Its own count begins again.
      const from = again.length === 0 ? '10.44.0.51' : '10.44.0.52';
      await succeed('ip', coturn.network.inside('client', 'address', 'add', `${from}/24`, 'dev', 'cable'));
      const flows = async (count: number): Promise<number> => {
        const { stdout, stderr } = await coturn.network.run('client', [
          ...[process.execPath, support('udp-flows.mjs'), from, SERVER_IP, `${MEDIA_PORT + 8}`, `${count}`],
        ]);
        expect(stderr).toBe('');
        return Number(stdout);
      };
      expect(await flows(500)).toBe(500);
      const answered = await flows(5_000);
      expect(answered).toBeGreaterThanOrEqual(1_000);
      expect(answered).toBeLessThan(3_500);
      // Others are not concerned.
      expect(await reachable(`udp:${MEDIA_PORT + 8}`)).toEqual([`udp:${MEDIA_PORT + 8}`]);
    },
  );

  it('lets one address have 200 connections to port 80, and others theirs', async () => {
    const crowd = coturn.network.run('client', [process.execPath, support('tcp-crowd.mjs'), SERVER_IP, '80', '250']);
    await expect.poll(async () => (await established()).length, { timeout: 10_000 }).toBe(200);
    await succeed('ip', coturn.network.inside('client', 'address', 'add', '10.44.0.53/24', 'dev', 'cable'));
    const { stdout } = await coturn.network.run('client', [
      ...['curl', '-s', '-o', '/dev/null', '-w', '%{num_connects}'],
      ...['--interface', '10.44.0.53', `http://${SERVER_IP}/`],
    ]);
    expect(stdout).toBe('1');
    expect((await crowd).stdout).toBe('200');
  });

  it('opens ssh to everyone when that is asked for', async () => {
    await coturn.machine.render({ ADMIN_CIDRS: '' });
    expect((await apply('--allow-ssh-from-anywhere')).code).toBe(0);
    expect(await reachable(SSH, 'tcp:3000')).toEqual([SSH]);
  });
});
