import { appendFile, readFile, writeFile } from 'node:fs/promises';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandsOfPage, commandsOfStep, outputOfStep } from './support/guide.js';
import { bootBare } from './support/init-server.js';
import { CLIENT_IP, SERVER_IP } from './support/network.js';
import { DOMAIN } from './support/nginx.js';
import { Pebble } from './support/pebble.js';
import { Vm } from './support/vm.js';
import { Window } from './support/window.js';

const BOOT_TIMEOUT_MS = 600_000;
const TYPE_TIMEOUT_MS = 600_000;
const PASSWORD = 'the-password-of-amina';
const ANSWERS_FILE = '/etc/azaan/azaan.env';
/** Where the machine finds what a real one finds in the internet. */
const SURROUNDINGS = {
  http_proxy: 'http://127.0.0.1:3128',
  https_proxy: 'http://127.0.0.1:3128',
  no_proxy: 'localhost,127.0.0.1',
  NODE_EXTRA_CA_CERTS: '/etc/ssl/certs/around.pem',
  REQUESTS_CA_BUNDLE: '/srv/pebble.pem',
};
const RELEASE = '/opt/azaan-relay/current';

const opened = new AsyncDisposableStack();
let vm: Vm;
/** That of root, whom the provider lets in, and that of the user who is made in it. */
let first: Window;
let second: Window;
const seconds = new Map<number, number>();

const login = (user: string): Promise<Window> => {
  const options = ['-o', 'StrictHostKeyChecking=no', '-o', `UserKnownHostsFile=${vm.path('srv/known-hosts')}`];
  const ssh = ['ssh', '-tt', '-o', 'LogLevel=ERROR', '-i', vm.path('root/key'), ...options, `${user}@${SERVER_IP}`];
  return Window.open(vm.network.on('client', ...ssh), [
    [/(?:password for \w+|[Nn]ew password): $/, PASSWORD],
    [/ \[\]: $/, ''],
    [/\[Y\/n\] $/, 'y'],
  ]);
};

/** Types a line of a step. @returns what was seen @throws when it ends with another code than `wanted`, or 0 */
async function type(step: number, window: Window, line: string, ...wanted: readonly number[]): Promise<string> {
  const beganMs = performance.now();
  const { code, output } = await window.type(line, TYPE_TIMEOUT_MS);
  seconds.set(step, (seconds.get(step) ?? 0) + (performance.now() - beganMs) / 1_000);
  expect(wanted.length === 0 ? [0] : wanted, output).toContain(code);
  return output;
}

/** The commands of a step that are typed on the server. */
const onServer = (step: number) =>
  commandsOfStep(step)
    .flat()
    .filter(({ where }) => where === 'vm')
    .map(({ line }) => line);

async function changeAnswers(changes: Readonly<Record<string, string>>): Promise<void> {
  let text = await readFile(vm.path(ANSWERS_FILE), 'utf8');
  for (const [name, value] of Object.entries(changes))
    text = text.replace(new RegExp(`^${name}=.*$`, 'm'), () => `${name}=${value}`);
  await writeFile(vm.path(ANSWERS_FILE), text);
}

/** As a provider hands it over: root has the key, nobody else is there, and nothing of the relay. */
async function makeBare(): Promise<Record<string, string>> {
  const prepared = await readFile(vm.path(ANSWERS_FILE), 'utf8');
  const lines = Object.entries(SURROUNDINGS).map((pair) => pair.join('='));
  await writeFile(vm.path('etc/environment'), `${lines.join('\n')}\n`);
  const kept = `Defaults env_keep += "${Object.keys(SURROUNDINGS).join(' ')}"\n`;
  await writeFile(vm.path('etc/sudoers.d/surroundings'), kept);
  await appendFile(vm.path('etc/hosts'), '127.0.1.1 vm\n');
  const script = [
    'userdel --remove volunteer 2>/dev/null',
    'rm -r /etc/azaan',
    `mv ${Vm.checkout} /srv/azaan-relay`,
    'install -D -m 0600 /root/key.pub /root/.ssh/authorized_keys',
    'cp /root/pebble/pebble.pem /srv',
    'git config --system url.file:///srv/azaan-relay.insteadOf https://github.com/fillmasjid/azaan-relay',
    "git config --system safe.directory '*'",
  ];
  await vm.succeed(script.join('\n'));
  return Object.fromEntries(
    [...prepared.matchAll(/^(NODE_APT_\w+)=(.*)$/gm)].map(([, name, value]) => [name!, value!]),
  );
}

beforeAll(async () => {
  vm = opened.use(await bootBare('bookworm', {}));
}, BOOT_TIMEOUT_MS);
afterAll(async () => {
  const times = [...seconds].map(([step, took]) => `step ${step}: ${took.toFixed(1)} s`);
  process.stdout.write(`The commands of the guide took: ${times.join(', ')}\n`);
  await opened.disposeAsync();
}, 60_000);

describe('the way to go live, typed as it is written', { timeout: TYPE_TIMEOUT_MS }, () => {
  it('makes a user of one’s own, and fetches the repository (5)', async () => {
    const around = await makeBare();
    const [, asRoot = [], asUser = []] = commandsOfStep(5);
    first = opened.use(await login('root'));
    for (const { line } of asRoot) await type(5, first, line);
    second = opened.use(await login('amina'));
    expect(await type(5, second, 'sudo whoami')).toMatch(/^root$/m);
    for (const { line } of asUser) await type(5, second, line);

    const [place = '', edit = '', ...rest] = onServer(6);
    await type(6, second, place);
    expect([edit, rest]).toEqual([`sudo nano ${ANSWERS_FILE}`, []]);
    await changeAnswers({
      ...around,
      PUBLIC_IP: SERVER_IP,
      ADMIN_CIDRS: `${CLIENT_IP}/32`,
      ACME: 'staging',
      ACME_DIRECTORY: Pebble.directories[0],
      ALERT_WEBHOOK_URL: 'http://127.0.0.1:9/alerts',
    });
  });

  it('makes the server, and leaves its user the way in (7)', async () => {
    const [check = '', run = '', ...rest] = onServer(7);
    expect(rest).toEqual([]);
    expect(await type(7, second, check, 3)).toContain('would: ');
    expect(await type(7, second, run)).toMatch(/^\d+ changes, /m);
    await using third = await login('amina');
    expect((await third.type('sudo whoami', TYPE_TIMEOUT_MS)).output).toMatch(/^root$/m);
    await expect(login('root')).rejects.toThrow('Permission denied');
    const plain = await vm.network.run('client', ['curl', '-sI', `http://${DOMAIN}`]);
    expect(plain.stdout).toContain(' 308 ');
  });

  it('gets the real certificate (8)', async () => {
    // So far nobody believes it, and all else is well: 60 is curl's word for that.
    expect((await vm.network.run('client', ['curl', '-sI', `https://${DOMAIN}`])).code).toBe(60);
    const [choose = '', run = '', ...rest] = onServer(8);
    expect(rest).toEqual([]);
    await type(8, second, choose);
    expect(await readFile(vm.path(ANSWERS_FILE), 'utf8')).toMatch(/^ACME=production$/m);
    await changeAnswers({ ACME_DIRECTORY: Pebble.directories[1] });
    await type(8, second, run);
    await type(8, second, 'sudo certbot renew --dry-run');
    const [call] = commandsOfStep(8)
      .flat()
      .filter(({ where }) => where === 'you');
    const authority = { CURL_CA_BUNDLE: vm.path('root/pebble/root.pem') };
    const { stdout } = await vm.network.run('client', ['sh', '-c', call!.line], authority);
    expect([stdout]).toEqual(outputOfStep(8));
  });

  it('asks the doctor, who says what the guide says (9)', async () => {
    const [ask = '', ...rest] = onServer(9);
    expect(rest).toEqual([]);
    // The machine of the test is smaller than the plan's.
    const output = await type(9, second, ask, 1, 3);
    for (const line of outputOfStep(9)) if (!line.includes(' ✗ ')) expect(output).toContain(`${line}\n`);
  });

  it('makes a token for the masjid, and says which ways are open (10)', async () => {
    const [go = '', token = '', ...rest] = onServer(10);
    expect(rest).toEqual([]);
    await type(10, second, go);
    expect(await type(10, second, token)).toMatch(/^eyJhbGciOi[\w-]+\.[\w-]+\.[\w-]+$/m);
    const [, check] = commandsOfStep(10)
      .flat()
      .filter(({ where }) => where === 'you');
    const authority = { NODE_EXTRA_CA_CERTS: vm.path('root/pebble/root.pem') };
    const line = check!.line.replace('azaan-relay/', '');
    const { stdout } = await vm.network.run('client', ['sh', '-c', line], authority);
    expect(stdout.match(/✓/g)).toHaveLength(3);
  });
});

describe('what is typed later', { timeout: TYPE_TIMEOUT_MS }, () => {
  it.each(['status', 'limits', 'secrets', 'audit-log'])('works as %s.md has it', async (page) => {
    // As Node leaves it there when it cannot start.
    await appendFile(vm.path('var/log/azaan/relay.log'), 'Error: no JSON\n');
    const commands = commandsOfPage(page);
    expect(commands.length).toBeGreaterThan(1);
    for (const line of commands) {
      const { code, output } = await second.type(line, TYPE_TIMEOUT_MS);
      expect(code, `${line}: ${output}`).toBe(0);
      expect(output).not.toMatch(/"status":(?:401|403)/);
    }
  });

  it('brings the relay back, out of maintenance, with its present secrets', async () => {
    for (const line of ['sudo infra/parts/secrets/jwt rotate', 'sudo infra/parts/turn/secrets rotate'])
      expect((await second.type(line, TYPE_TIMEOUT_MS)).output).toContain('rotated: ');
    expect((await second.type('sudo systemctl restart pm2-fillmasjid', TYPE_TIMEOUT_MS)).code).toBe(0);
    const ready = `curl --silent --fail http://127.0.0.1:3000/readyz`;
    await expect.poll(async () => (await vm.run(ready)).code, { timeout: 30_000 }).toBe(0);
    const { output } = await second.type(`sudo ${RELEASE}/infra/doctor --only 3.2`, TYPE_TIMEOUT_MS);
    expect(output).toContain(' 0 ✗  0 ?\n');
  });
});
