import { once } from 'node:events';
import { appendFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Daemon } from '../../support/daemon.js';
import { DOMAIN, TURN_DOMAIN } from './support/nginx.js';
import { CLIENT_IP, SERVER_IP } from './support/network.js';
import { Pebble } from './support/pebble.js';
import { Vm } from './support/vm.js';

const BOOT_TIMEOUT_MS = 600_000;
const RUN_TIMEOUT_MS = 900_000;
const NOTHING_TO_CHANGE = /^Nothing to change, \d+ s\.$/m;
/** Where certbot and Node find the authority of the test. */
const AUTHORITY = { REQUESTS_CA_BUNDLE: '/root/pebble/pebble.pem' };
const ANSWERS = {
  ACME_DIRECTORY: Pebble.directories[0],
  // Somebody must hear of alerts; nobody listens there.
  ALERT_WEBHOOK_URL: 'http://127.0.0.1:9/alerts',
};

/** What the doctor cannot find here, and why. Section 1.1 tells of the machine that the test runs on. */
const MISSING_HERE = new Map([
  ['1.2-relay-name', 'there is no DNS, only /etc/hosts'],
  ['1.2-turn-name', 'there is no DNS, only /etc/hosts'],
  ['1.2-ttl', 'there is no DNS, only /etc/hosts'],
  ['1.3-last-upgrade', 'the machine is minutes old'],
  ['2.1-provider-firewall', 'a person knows'],
  ['2.1-admin-addresses', 'a person knows'],
  ['4.2-hsts', 'on once the certificate has renewed by itself'],
  ['4.2-ssl-labs', 'a person knows'],
  ['4.3-staging', 'a person knows'],
  ['5.3-mobile', 'a person knows'],
  ['9.3-archive', 'the example archives nothing'],
  ['10-all-rotated', 'a person knows'],
  ['14-audit', 'the registry may be out of reach'],
  ['15.2-security', 'follows from the audit'],
  ['15.2-test-alert', 'a person knows'],
  ['15.2-backup', 'nothing was backed up yet'],
  ['15.2-restore', 'a person knows'],
  ['15.2-soak', 'a person knows'],
  ['15.2-on-call', 'a person knows'],
]);

/** Long steps are interrupted in their midst: while packages are unpacked, while a release is built. */
const LONG_STEPS_MS = new Map([
  ['packages', 12_000],
  ['node', 3_000],
  ['release', 8_000],
]);

interface Check {
  readonly id: string;
  readonly section: string;
  readonly status: 'ok' | 'bad' | 'unknown';
  readonly seen: string;
}

let vm: Vm;

const init = (options = '', seconds = 600) => vm.run(`infra/init.sh ${options} 2>&1`, { seconds, env: AUTHORITY });

/** Starts it, and ends it with all that it started soon after it has begun with `step`. */
async function interruptInit(step: string, signal: NodeJS.Signals): Promise<void> {
  const child = vm.start('exec infra/init.sh', AUTHORITY);
  const end = () => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, signal);
  };
  const lines = createInterface({ input: child.stdout! });
  lines.on('line', (line) => {
    if (line.includes(`] ${step}: `)) setTimeout(end, LONG_STEPS_MS.get(step) ?? 200);
  });
  await once(child, 'close');
}

const answersFile = () => vm.path('etc/azaan/azaan.env');
async function changeAnswer(name: string, value: string): Promise<void> {
  const text = await readFile(answersFile(), 'utf8');
  await writeFile(
    answersFile(),
    text.replace(new RegExp(`^${name}=.*$`, 'm'), () => `${name}=${value}`),
  );
}
async function withAnswer(name: string, value: string, use: () => Promise<void>): Promise<void> {
  const before = new RegExp(`^${name}=(.*)$`, 'm').exec(await readFile(answersFile(), 'utf8'))![1]!;
  await changeAnswer(name, value);
  await use();
  await changeAnswer(name, before);
}

/** When each of the daemons started, as the kernel knows it. */
const starts = async () => {
  const units = 'nginx coturn pm2-fillmasjid prometheus prometheus-alertmanager fail2ban ssh'.split(' ');
  const command = units.map((unit) => `systemctl show --property MainPID --value ${unit}`).join('; ');
  const relay = "pgrep -u fillmasjid -f '^node .*dist/main.js'";
  return (await vm.succeed(`${command}; ${relay}`)).trim().split('\n');
};

/** As a caller from elsewhere sees it. */
const call = (path: string) =>
  vm.network.run('client', [
    ...['curl', '--silent', '--show-error', '--max-time', '10', '--cacert', vm.path('root/pebble/root.pem')],
    ...['--resolve', `${DOMAIN}:443:${SERVER_IP}`, `https://${DOMAIN}${path}`],
  ]);

beforeAll(async () => {
  vm = await Vm.boot(ANSWERS, DOMAIN, TURN_DOMAIN);
  const folder = vm.path('root/pebble');
  await mkdir(folder);
  await Pebble.start({ folder, run: (command, port) => vm.runBeside(command, port) });
  const { stdout: authority } = await vm.network.run('server', [
    'curl',
    '--insecure',
    'https://127.0.0.1:15000/roots/0',
  ]);
  await writeFile(`${folder}/root.pem`, authority);
  await appendFile(vm.path('etc/ssl/certs/around.pem'), authority);
}, BOOT_TIMEOUT_MS);
afterAll(async () => {
  await vm[Symbol.asyncDispose]();
}, 60_000);

describe('infra/init.sh on a bare machine', { timeout: RUN_TIMEOUT_MS }, () => {
  it('lists its steps, explains itself, and refuses what it does not know', async () => {
    const steps = (await vm.succeed('infra/init.sh --list')).trim().split('\n');
    expect(steps[0]).toMatch(/^packages +\w/);
    expect(await vm.succeed('infra/init.sh --help')).toContain('usage: infra/init.sh');
    expect(await vm.run('infra/init.sh --only nothing')).toMatchObject({
      code: 2,
      stderr: 'init: no step is called "nothing"; --list shows them\n',
    });
    expect((await vm.run('infra/init.sh --perhaps')).code).toBe(2);
    await vm.succeed('cp -r . /tmp/checkout');
    const asOther = await vm.run('cd / && runuser -u volunteer -- /tmp/checkout/infra/init.sh --check');
    expect(asOther).toMatchObject({ code: 1, stderr: expect.stringContaining('run it as root') as string });
  });

  it('looks before it begins: all that is in its way is told at once, and nothing was changed', async () => {
    const keys = vm.path('home/volunteer/.ssh/authorized_keys');
    const webServer = vm.start('exec git daemon --listen=127.0.0.1 --port=3000 --base-path=/root', {});
    await expect.poll(() => vm.network.listens('server', 'tcp:3000')).toBe(true);
    await rename(keys, `${keys}.away`);
    await changeAnswer('DOMAIN', 'other.example.org');
    await changeAnswer('ADMIN_CIDRS', '');
    const { code, stdout } = await init();
    process.kill(-webServer.pid!, 'SIGKILL');
    await rename(`${keys}.away`, keys);
    await changeAnswer('DOMAIN', DOMAIN);
    expect(code).toBe(1);
    expect(stdout).toContain('✗ other.example.org is not known in the DNS');
    expect(stdout).toMatch(/✗ port 3000 is held by git/);
    expect(stdout).toContain('nobody could log in');
    expect(stdout).toContain('✗ ADMIN_CIDRS is empty');
    expect(stdout).toContain('nothing was changed. Mend what is marked ✗ above (4)');
    expect(stdout).not.toContain('[1/');
    expect((await init('--check --allow-ssh-from-anywhere')).code).toBe(3);
    await changeAnswer('ADMIN_CIDRS', '198.51.100.7/32');
  });

  it('lets nobody shut themselves out who is logged in from elsewhere than ADMIN_CIDRS', async () => {
    const connect = `exec 3<>/dev/tcp/${SERVER_IP}/22; head -c 1 <&3; exec sleep 60`;
    const command = vm.network.on('client', 'bash', '-c', connect);
    await using session = await Daemon.start(command, ({ output }) => Promise.resolve(output !== ''));
    expect(session.running).toBe(true);
    expect((await init('--check')).stdout).toContain(`✗ logged in from ${CLIENT_IP}, which is not in ADMIN_CIDRS`);
    await withAnswer('ADMIN_CIDRS', '198.51.100.7/32 10.44.0.0/24', async () => {
      expect((await init('--check')).stdout).toContain(`✓ ${CLIENT_IP}, logged in now, is in ADMIN_CIDRS`);
    });
  });

  it('says with --check what it would do, and does nothing', async () => {
    await vm.succeed('touch /root/before');
    const { code, stdout } = await init('--check');
    expect(code).toBe(3);
    expect(stdout).toMatch(/would: packages: .*nginx/);
    expect(stdout).toMatch(/\d+ changes to make/);
    const changed = 'find / -xdev -newercm /root/before -type f -not -path "/proc/*" -not -path "/sys/*"';
    // The journal goes on by itself, and apt keeps what it has read.
    const own = /^\/(var\/log\/journal|run|var\/cache\/apt|root\/azaan-relay\/\.git)\//;
    const files = (await vm.succeed(changed))
      .trim()
      .split('\n')
      .filter((file) => file !== '' && !own.test(file));
    expect(files).toEqual([]);
  });

  it('refuses packages of Node that the key of the answers did not sign', async () => {
    await withAnswer('NODE_APT_KEY', 'A'.repeat(40), async () => {
      expect((await init('--only packages')).code).toBe(0);
      const { code, stdout } = await init('--only node');
      expect(code).toBe(1);
      expect(stdout).toContain(`is not the key ${'A'.repeat(40)}`);
      expect((await vm.run('test -e /usr/bin/node')).code).toBe(1);
    });
  });

  it('is interrupted in each step, by whatever means, and goes on from there to the end', async () => {
    const list = (await vm.succeed('infra/init.sh --list')).trim().split('\n');
    for (const [index, line] of list.entries()) {
      const signal = index % 2 === 0 ? 'SIGKILL' : 'SIGTERM';
      await interruptInit(line.split(' ')[0]!, signal);
    }
    const { code, stdout } = await init();
    expect(stdout).toMatch(/^(\d+ changes, |Nothing to change)/m);
    expect(code, stdout).toBe(0);
  });

  it('ends with the relay answering through nginx over TLS', async () => {
    expect(await call('/healthz')).toMatchObject({ code: 0, stdout: '{"status":"ok"}' });
    expect((await call('/')).stdout).toContain('<html');
    expect((await vm.run('systemctl --failed --quiet --no-legend')).stdout).toBe('');
  });

  it('leaves a server that believes the tokens made on it, and nobody else', async () => {
    const asAdmin = 'echo "Authorization: Bearer $(/opt/azaan-relay/current/infra/token --role admin)"';
    const status = await vm.succeed(`${asAdmin} | curl --silent --header @- http://127.0.0.1:3000/status`);
    expect(status).toContain('"activeBroadcastCount":0');
    expect((await call('/status')).stdout).toContain('"code":"unauthenticated"');
  });

  it('leaves services that work within their sandboxes', async () => {
    await vm.succeed('systemctl start azaan-textfile azaan-logs azaan-logs-archive logrotate', { seconds: 60 });
    const metrics = await vm.succeed('cat /var/lib/prometheus/node-exporter/*.prom');
    expect(metrics).toContain('azaan_pm2_online{app="azaan-server"} 1');
    expect(metrics).toContain(`azaan_certificate_not_after_seconds{name="${DOMAIN}"}`);
    expect((await vm.run('systemctl --failed --quiet --no-legend')).stdout).toBe('');
  });

  it('changes nothing when it is run again, and restarts nobody', async () => {
    const before = await starts();
    const { code, stdout } = await init();
    expect(stdout).toMatch(NOTHING_TO_CHANGE);
    expect(code).toBe(0);
    expect((await init('--check')).code).toBe(0);
    expect(await starts()).toEqual(before);
  });

  it('restarts only what a changed answer concerns', async () => {
    const before = await starts();
    await changeAnswer('CALLS_BURST', '401');
    const { stdout } = await init();
    expect(stdout).toMatch(/^Started again: nginx$/m);
    // nginx itself reads its files again without ending.
    expect(await starts()).toEqual(before);
  });

  it('restarts nobody after keys were rotated, which the relay reads while it runs', async () => {
    const before = await starts();
    await vm.succeed('infra/secrets/jwt rotate');
    expect((await init()).code).toBe(0);
    expect((await init()).stdout).toMatch(NOTHING_TO_CHANGE);
    expect(await starts()).toEqual(before);
  });

  it('mends what somebody broke by hand', async () => {
    await vm.succeed('systemctl disable --quiet --now fail2ban; ufw --force disable; rm /etc/nginx/azaan/tls.conf');
    expect((await init()).code).toBe(0);
    expect((await init()).stdout).toMatch(NOTHING_TO_CHANGE);
    expect(await vm.succeed('ufw status')).toContain('Status: active');
  });

  it('leaves a machine that comes back by itself after a reboot', async () => {
    await vm.reboot();
    await expect.poll(async () => (await call('/readyz')).stdout, { timeout: 60_000 }).toContain('"status":"ok"');
    expect(await vm.succeed('ufw status')).toContain('Status: active');
    expect((await init()).stdout).toMatch(NOTHING_TO_CHANGE);
  });

  it('satisfies the doctor, but for what this machine cannot have', async () => {
    // Prometheus has asked everyone by then, and the timers have run.
    const look = async () => {
      const { stdout } = await vm.run('infra/doctor --json', { seconds: 60 });
      const { checks } = JSON.parse(stdout) as { readonly checks: readonly Check[] };
      const found = checks.filter(({ section, status }) => section !== '1.1' && status !== 'ok');
      return found.filter(({ id, status }) => status === 'bad' || !MISSING_HERE.has(id));
    };
    await expect.poll(look, { timeout: 240_000, interval: 5_000 }).toEqual([]);
  });
});
