import { once } from 'node:events';
import { appendFile, readFile, rename, writeFile } from 'node:fs/promises';
import process from 'node:process';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Daemon } from '../support/daemon.js';
import {
  AUTHORITY,
  bootBare,
  call as callVm,
  init as runInit,
  minded,
  NOTHING_TO_CHANGE,
} from './support/init-server.js';
import { CLIENT_IP, SERVER_IP } from './support/network.js';
import { DOMAIN } from './support/nginx.js';
import { Vm } from './support/vm.js';

const BOOT_TIMEOUT_MS = 600_000;
const RUN_TIMEOUT_MS = 900_000;
/** Long parts are interrupted more than once: when the log of the run says this. */
const MIDST = new Map([
  ['base', ['Unpacking nodejs', ': make_user', ': put_files']],
  ['relay', ['> nest build', ': make_current', ': run_now']],
]);
/** What they look after is so already when a bare machine comes to them. */
const NOTHING_TO_MAKE = ['secrets', 'updates'];

let vm: Vm;

const init = (options = '') => runInit(vm, options);
const call = (path: string) => callVm(vm, path);

/** Starts it, and ends it with all that it started in the midst of a part. @returns where it was, and what ended it */
async function interruptInit(
  part: string,
  midst: string,
  signal: NodeJS.Signals,
): Promise<{ begun: string; ended: unknown }> {
  const log = () => readFile(vm.path('var/log/azaan-init/init.log'), 'utf8').catch(() => '');
  const before = (await log()).length;
  const child = vm.start('exec infra/init.sh', AUTHORITY);
  const closed = once(child, 'close');
  let told = '';
  const changes = new Promise<void>((resolve) => {
    child.stdout!.on('data', (data) => {
      told += String(data);
      if (new RegExp(`\\] ${part}: [^]* …`).test(told)) resolve();
    });
  });
  await Promise.race([changes, closed]);
  while (child.exitCode === null && !(await log()).slice(before).includes(midst)) await setTimeout(50);
  if (child.exitCode === null) process.kill(-child.pid!, signal);
  const [, ended] = (await closed) as [unknown, unknown];
  return { begun: [...told.matchAll(/^\[\d+\/\d+\] (\w+): /gm)].at(-1)?.[1] ?? '', ended };
}

const answersFile = () => vm.path('etc/azaan/azaan.env');
async function changeAnswer(name: string, value: string): Promise<void> {
  const text = await readFile(answersFile(), 'utf8');
  const changed = text.replace(new RegExp(`^${name}=.*$`, 'm'), () => `${name}=${value}`);
  await writeFile(answersFile(), changed);
}
/** @param lines behind the answers, of which the last ones count */
async function withAnswers(lines: string, use: () => Promise<void>): Promise<void> {
  const before = await readFile(answersFile(), 'utf8');
  await appendFile(answersFile(), `${lines}\n`);
  await use();
  await writeFile(answersFile(), before);
}

const REFUSED = 'CORS_ORIGINS=app.example.org\nSTATUS_ALLOW_IPS=10.0.0.300\nCALLS_BURST=402';
/** In the words of the relay. */
const REFUSALS = ['CORS_ORIGINS="app.example.org" is not valid', 'STATUS_ALLOW_IPS="10.0.0.300" is not valid'];

/** When each of the daemons started, as the kernel knows it. */
const starts = async () => {
  const units = 'nginx coturn pm2-fillmasjid prometheus prometheus-alertmanager fail2ban ssh'.split(' ');
  const command = units.map((unit) => `systemctl show --property MainPID --value ${unit}`).join('; ');
  const relay = "pgrep -u fillmasjid -f '^node .*dist/main.js'";
  return (await vm.succeed(`${command}; ${relay}`)).trim().split('\n');
};

beforeAll(async () => {
  vm = await bootBare('bookworm');
}, BOOT_TIMEOUT_MS);
afterAll(() => vm[Symbol.asyncDispose](), 60_000);

describe('infra/init.sh on a bare machine', { timeout: RUN_TIMEOUT_MS }, () => {
  it('lists its parts, explains itself, and refuses what it does not know', async () => {
    expect(await vm.succeed('infra/init.sh --list')).toMatch(/^base +\w.*\n(?:\w+ +\w.*\n)+$/);
    expect(await vm.succeed('infra/init.sh --help')).toContain('usage: infra/init.sh');
    const stderr = 'init: no part is called "nothing"; --list shows them\n';
    expect(await vm.run('infra/init.sh --only nothing')).toMatchObject({ code: 2, stderr });
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
    await withAnswers('ADMIN_CIDRS=198.51.100.7/32 10.44.0.0/24', async () => {
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
    const files = (await vm.succeed(changed)).match(/.+/g) ?? [];
    expect(files.filter((file) => !own.test(file))).toEqual([]);
  });

  it('is interrupted while packages are unpacked', async () => {
    expect(await interruptInit('base', 'Unpacking coturn', 'SIGKILL')).toEqual({ begun: 'base', ended: 'SIGKILL' });
    expect(await vm.succeed('dpkg --audit')).not.toBe('');
  });

  it('finishes them, and refuses packages of Node that another key than the one of the answers may sign', async () => {
    const refused = async (key: string) => {
      const { code, stdout } = await init('--only base');
      expect(await vm.succeed('dpkg --audit')).toBe('');
      expect(code).toBe(1);
      expect(stdout).toContain(`is not the key ${key}, and no other`);
      expect((await vm.run('test -e /usr/bin/node')).code).toBe(1);
    };
    const text = await readFile(answersFile(), 'utf8');
    const [[, key = ''] = [], [, url = ''] = []] = [/^NODE_APT_KEY=(.*)$/m, /^NODE_APT_KEY_URL=(.*)$/m].map(
      (line) => line.exec(text) ?? [],
    );
    await withAnswers(`NODE_APT_KEY=${'A'.repeat(40)}`, () => refused('A'.repeat(40)));
    await withAnswers(`NODE_APT_KEY_URL=${url.replace('key.asc', 'two-keys.asc')}`, () => refused(key));
  });

  it('is interrupted in each part, by whatever means, and goes on from there to the end', async () => {
    const parts = (await vm.succeed('infra/init.sh --list')).match(/^\w+/gm)!;
    const changing = parts.filter((part) => !NOTHING_TO_MAKE.includes(part));
    const moments = changing.flatMap((part) => (MIDST.get(part) ?? ['']).map((midst) => [part, midst] as const));
    for (const [index, [part, midst]] of moments.entries()) {
      const signal = index % 2 === 0 ? 'SIGKILL' : 'SIGTERM';
      expect(await interruptInit(part, midst, signal), part + midst).toEqual({ begun: part, ended: signal });
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
    const asAdmin = 'echo "Authorization: Bearer $(/opt/azaan-relay/current/infra/parts/relay/token --role admin)"';
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

  it('brings every daemon back that is killed', async () => {
    const units = 'nginx coturn pm2-fillmasjid prometheus prometheus-alertmanager prometheus-blackbox-exporter';
    const killed = `${units} prometheus-node-exporter fail2ban ssh`.split(' ');
    await vm.succeed(`systemctl kill --kill-who=main --signal=KILL ${killed.join(' ')}`);
    await expect.poll(async () => (await call('/healthz')).stdout, { timeout: 10_000 }).toBe('{"status":"ok"}');
    const states = async () => (await vm.run(`systemctl is-active ${killed.join(' ')}`)).stdout.trim().split('\n');
    await expect.poll(states, { timeout: 30_000 }).toEqual(killed.map(() => 'active'));
  });

  it('leaves a daemon that keeps the clock, and ports of media and TURN that no other program is given', async () => {
    // In a container it may not set the clock, and so does not run.
    expect(await vm.succeed('systemctl is-enabled systemd-timesyncd')).toBe('enabled\n');
    expect(await vm.succeed('sysctl -n net.ipv4.ip_local_reserved_ports')).toBe('49152-65535\n');
  });

  it('changes nothing when it is run again, and restarts nobody', async () => {
    const before = await starts();
    const { code, stdout } = await init();
    expect(stdout).toMatch(NOTHING_TO_CHANGE);
    expect(code).toBe(0);
    expect((await init('--check')).code).toBe(0);
    expect(await starts()).toEqual(before);
  });

  it('makes the parts that it is told to make', async () => {
    const headings = async (options: string) => (await init(options)).stdout.match(/(?<=^\[\d+\/\d+\] )\w+/gm);
    expect(await headings('--from fail2ban')).toEqual(['fail2ban', 'updates']);
    expect(await headings('--only logs')).toEqual(['logs']);
  });

  it('shows callers the certificate that was handed out just before an interruption', async () => {
    const hidden =
      'mkdir /root/real && mv /etc/azaan/tls /etc/azaan/turn-tls /root/real && infra/parts/certificates/placeholder';
    await vm.succeed(`${hidden} && rm -r /etc/azaan/tls /etc/azaan/turn-tls && mv /root/real/* /etc/azaan`);
    await expect.poll(async () => (await call('/healthz')).stderr, { timeout: 10_000 }).toContain('certificate');
    const { stdout } = await init();
    expect(stdout).toMatch(/^ {2}a certificate for .* … \d+ s$/m);
    expect((await call('/healthz')).stdout).toBe('{"status":"ok"}');
  });

  it('restarts only what a changed answer concerns', async () => {
    const before = await starts();
    await changeAnswer('CALLS_BURST', '401');
    const { stdout } = await init();
    expect(stdout).toMatch(/^Started again: nginx$/m);
    // nginx itself reads its files again without ending.
    expect(await starts()).toEqual(before);
  });

  it('leaves the relay and its file alone while the answers have a setting that it refuses, and says so in its words', async () => {
    const files = () => vm.succeed('cat /etc/azaan/relay.env /etc/nginx/azaan/limits.conf');
    const [before, filesBefore] = [await starts(), await files()];
    await withAnswers(REFUSED, async () => {
      const { code, stdout } = await init();
      expect(code).toBe(1);
      for (const refusal of REFUSALS) expect(stdout).toContain(`✗ /etc/azaan/azaan.env: ${refusal}`);
      expect(stdout).toContain('nothing was changed. Mend what is marked ✗ above (2)');
    });
    expect(await files()).toBe(filesBefore);
    expect(await starts()).toEqual(before);
    expect((await init()).stdout).toMatch(NOTHING_TO_CHANGE);
  });

  it('says with --check what the run then does, first of all to those who listen', async () => {
    const changes = ['CALLS_BURST=403', 'TURN_ALLOCATIONS_PER_CLIENT=49', 'LOG_QUOTA_MB=7999', 'MAX_LISTENERS=4000'];
    await appendFile(answersFile(), `${changes.join('\n')}\n`);
    const { stdout: foretold } = await init('--check');
    const { stdout: done } = await init();
    const [, before = ''] = foretold.split('this machine has');
    expect(before.split('\n').find((line) => /^\w/.test(line))).toBe(
      'The relay restarts: 0 listeners, 0 broadcasts are on the air',
    );
    const planned = [...foretold.matchAll(/^ {2}would: (.*)$/gm)].map(([, what]) => what);
    // Which it is already, before it starts again.
    const made = [...done.matchAll(/^ {2}(.*) … \d+ s$/gm)].flatMap(([, what]) =>
      what === 'the relay is ready' ? [] : what,
    );
    expect(planned).toEqual(made);
    expect(planned).toContain('coturn with its files');
    const restarts = (text: string) => /^(?:Would start|Started) again: (.*)$/m.exec(text)?.[1];
    expect(restarts(foretold)).toBe(restarts(done));
    expect(foretold).toMatch(/^ +would change \/etc\/turnserver.conf$/m);
    // The relay is not to be asked.
    await vm.succeed("runuser -u fillmasjid -- pkill -STOP -f '^node .*dist/main.js'");
    await withAnswers('MAX_LISTENERS=4001', async () => {
      const { stdout } = await init('--check');
      expect(stdout).toContain('The relay restarts: who is on the air could not be asked');
    });
    await vm.succeed("runuser -u fillmasjid -- pkill -CONT -f '^node .*dist/main.js'");
  });

  it('restarts nobody after keys were rotated, which the relay reads while it runs', async () => {
    const before = await starts();
    await vm.succeed('infra/parts/secrets/jwt rotate');
    expect((await init()).code).toBe(0);
    expect((await init()).stdout).toMatch(NOTHING_TO_CHANGE);
    expect(await starts()).toEqual(before);
  });

  it('has PM2 run as its unit now says, and starts none to look', async () => {
    await vm.succeed('echo "# by hand" >>/etc/systemd/system/pm2-fillmasjid.service');
    expect((await init()).stdout).toMatch(/^Started again: pm2-fillmasjid\.service$/m);
    await vm.succeed('systemctl stop pm2-fillmasjid');
    expect((await init('--check')).stdout).toContain('would: the relay runs');
    expect((await vm.run('pgrep -u fillmasjid')).stdout).toBe('');
    const again = await init();
    expect(again.code, again.stdout).toBe(0);
    expect((await init()).stdout).toMatch(NOTHING_TO_CHANGE);
  });

  it('builds a release of which root runs nothing that the relay, or its packages, could have changed', async () => {
    const shell = '#!/bin/sh\ntouch /home/fillmasjid/ran\nexec /bin/sh "$@"\n';
    await writeFile(vm.path('home/fillmasjid/shell'), shell, { mode: 0o755 });
    await writeFile(vm.path('home/fillmasjid/.npmrc'), 'script-shell=/home/fillmasjid/shell\n');
    const file = vm.path(Vm.checkout, 'package.json');
    const text = await readFile(file, 'utf8');
    const hostile = '"nest build && echo hostile >>infra/doctor && chmod u+s dist/main.js"';
    await writeFile(file, text.replace('"nest build"', hostile));
    await vm.succeed('git -c user.name=test -c user.email=test@example.org commit --quiet --all --message=hostile');
    const before = await starts();
    await withAnswers(REFUSED, async () => {
      const refused = await init();
      expect(refused.code).toBe(1);
      for (const refusal of REFUSALS) expect(refused.stdout).toMatch(new RegExp(`^${refusal}`, 'm'));
    });
    expect(await vm.succeed('cat /etc/azaan/relay.env')).not.toContain('CORS_ORIGINS');
    expect(await starts()).toEqual(before);
    const { code, stdout } = await init();
    expect(code, stdout).toBe(0);
    expect((await vm.run('test -e /home/fillmasjid/ran')).code).toBe(1);
    expect((await vm.run('cmp infra/doctor /opt/azaan-relay/current/infra/doctor')).code).toBe(0);
    const theirs = String.raw`find /opt/azaan-relay -not -type l \( -not -user root -o -perm /u+s,g+w,o+w \)`;
    expect(await vm.succeed(theirs)).toBe('');
    expect((await call('/healthz')).stdout).toBe('{"status":"ok"}');
  });

  it('mends what somebody broke by hand', async () => {
    await vm.succeed('systemctl disable --quiet --now fail2ban; ufw --force disable; rm /etc/nginx/azaan/tls.conf');
    const seen = (await vm.run('infra/doctor --only 0-files', { seconds: 60 })).stdout;
    for (const what of ['files from the answers', 'ufw', 'fail2ban'])
      expect(seen).toMatch(new RegExp(`would: .*${what}`));
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
    await expect.poll(() => minded(vm), { timeout: 240_000, interval: 5_000 }).toEqual([]);
  });
});
