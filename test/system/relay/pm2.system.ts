import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { STOP_DEADLINE_MS } from '../../../src/process/stop-on-signals.js';
import { childrenOf, isRunning } from '../../support/processes.js';
import { TEST_JWT_KEYS } from '../../support/tokens.js';
import { freePorts } from '../../support/loopback.js';
import { INFRA, succeed } from '../support/machine.js';

const ECOSYSTEM = join(INFRA, '../ecosystem.config.js');
const INSTALL_TIMEOUT_MS = 120_000;
const PATIENT = { timeout: 20_000, interval: 100 };

interface Process {
  readonly pid: number;
  readonly pm2_env: { readonly status: string; readonly restart_time: number };
}

let folder: string;
let url: string;

/** The PM2 of the pinned version, with a home of its own. */
async function pm2(...args: string[]): Promise<string> {
  return succeed(process.execPath, [join(folder, 'node_modules/pm2/bin/pm2'), ...args], {
    HOME: folder,
    PM2_HOME: join(folder, 'home'),
    ENV_FILE: join(folder, 'relay.env'),
    RELAY_LOG: join(folder, 'relay.log'),
    PATH: `${dirname(process.execPath)}:${process.env['PATH']!}`,
  });
}

async function relay(): Promise<Process> {
  const list = await pm2('jlist');
  return (JSON.parse(list.slice(list.indexOf('[{'))) as Process[])[0]!;
}

const isHealthy = () =>
  fetch(`${url}/healthz`).then(
    ({ ok }) => ok,
    () => false,
  );

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'azaan-pm2-'));
  const version = (await readFile(join(INFRA, 'parts/relay/pm2/version'), 'utf8')).trim();
  await succeed('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', '--silent', `pm2@${version}`]);
  const [port = ''] = await freePorts(1);
  url = `http://127.0.0.1:${port}`;
  const env = [`PORT=${port}`, 'MEDIA_WORKERS=1', 'MEDIA_UDP_PORT_BASE=0', `JWT_KEYS=${TEST_JWT_KEYS}`];
  await writeFile(join(folder, 'relay.env'), env.join('\n'));
}, INSTALL_TIMEOUT_MS);
afterAll(async () => {
  await pm2('kill');
  await rm(folder, { recursive: true });
});

describe('PM2 with the ecosystem file', () => {
  it('starts one relay that answers, and logs to the file that logrotate turns over', async () => {
    await pm2('start', ECOSYSTEM);
    await expect.poll(isHealthy, PATIENT).toBe(true);
    expect(await pm2('jlist')).toContain('"exec_mode":"fork_mode"');
    expect(await readFile(join(folder, 'relay.log'), 'utf8')).toContain('"msg":"listening"');
  });

  it('brings it back when it dies', async () => {
    const { pid } = await relay();
    process.kill(pid, 'SIGKILL');
    await expect.poll(async () => (await relay()).pm2_env.restart_time, PATIENT).toBe(1);
    await expect.poll(isHealthy, PATIENT).toBe(true);
    expect((await relay()).pid).not.toBe(pid);
  });

  it('lets it close in order, workers included, before it would kill it', async () => {
    const { pid } = await relay();
    const workers = await childrenOf(pid);
    expect(workers.length).toBeGreaterThan(0);
    await pm2('stop', 'azaan-server');
    for (const each of [pid, ...workers]) expect(await isRunning(each)).toBe(false);
    expect(await readFile(join(folder, 'relay.log'), 'utf8')).toContain('"msg":"stopping","signal":"SIGINT"');
    const text = await readFile(join(folder, 'home/pm2.log'), 'utf8');
    expect(text).toContain('exited with code [0]');
    expect(text).not.toMatch(/still alive after|SIGKILL.*azaan-server/);
  });

  it('rereads secrets on the signal that the rotation sends', async () => {
    await pm2('restart', 'azaan-server');
    await expect.poll(isHealthy, PATIENT).toBe(true);
    await pm2('sendSignal', 'SIGHUP', 'azaan-server');
    const log = () => readFile(join(folder, 'relay.log'), 'utf8');
    await expect.poll(log, PATIENT).toContain('keys and secrets were read again');
  });
});

describe('the unit pm2-fillmasjid', () => {
  /** Its commands, run with the PM2 of this test. */
  async function commandsOf(kind: string): Promise<string[]> {
    const unit = await readFile(
      join(INFRA, 'parts/relay/files/etc/systemd/system/pm2-fillmasjid.service.tmpl'),
      'utf8',
    );
    const [, line = ''] = new RegExp(`^${kind}=/usr/bin/env pm2 (.*)$`, 'm').exec(unit) ?? [];
    return line.split(' ');
  }

  it('brings back at boot what was saved, has secrets read again, and stops in order', async () => {
    await pm2('save');
    await pm2(...(await commandsOf('ExecStop')));
    expect(await isHealthy()).toBe(false);

    await pm2(...(await commandsOf('ExecStart')));
    await expect.poll(isHealthy, PATIENT).toBe(true);
    expect((await relay()).pm2_env.status).toBe('online');

    const log = () => readFile(join(folder, 'relay.log'), 'utf8');
    const rereads = async () => (await log()).split('keys and secrets were read again').length;
    const before = await rereads();
    await pm2(...(await commandsOf('ExecReload')));
    await expect.poll(rereads, PATIENT).toBe(before + 1);

    const { pid } = await relay();
    await pm2(...(await commandsOf('ExecStop')));
    expect(await isRunning(pid)).toBe(false);
  });
});

describe('a release that throws while it is imported', () => {
  it('is started again and again, and never passes for one that runs', async () => {
    const release = join(folder, 'release');
    await mkdir(join(release, 'dist'), { recursive: true });
    await cp(ECOSYSTEM, join(release, 'ecosystem.config.js'));
    await writeFile(join(release, 'package.json'), '{"type":"module"}');
    await writeFile(join(release, 'dist/main.js'), "throw new Error('at import');");
    await pm2('start', join(release, 'ecosystem.config.js'));
    await expect.poll(async () => (await relay()).pm2_env.restart_time, PATIENT).toBeGreaterThanOrEqual(3);
    expect(await readFile(join(folder, 'relay.log'), 'utf8')).toContain('Error: at import');
    await pm2('delete', 'azaan-server');
  });
});

describe('the ecosystem file', () => {
  interface App {
    readonly max_restarts: number;
    readonly kill_timeout: number;
    readonly env: Readonly<Record<string, string>>;
  }
  /** Of a machine that has these variables. */
  const app = async (env: Readonly<Record<string, string>>) => {
    const script = `import(${JSON.stringify(ECOSYSTEM)}).then(({ apps }) => console.log(JSON.stringify(apps[0])))`;
    return JSON.parse(await succeed(process.execPath, ['-e', script], env)) as App;
  };

  it('says what PM2 is to do, and where the secrets are', async () => {
    const ENV_FILE = join(folder, 'relay.env');
    const server = await app({ ENV_FILE, HOME: '/home/fillmasjid' });
    // A year of deaths, 15 s apart; without a number PM2 gives up after 16.
    expect(server.max_restarts).toBeGreaterThan((365 * 86_400) / 15);
    expect(server.kill_timeout).toBeGreaterThan(STOP_DEADLINE_MS);
    expect(server).toMatchObject({
      name: 'azaan-server',
      instances: 1,
      exec_mode: 'fork',
      autorestart: true,
      max_memory_restart: '1G',
      exp_backoff_restart_delay: 100,
      pmx: false,
      out_file: '/var/log/azaan/relay.log',
    });
    const NODE_COMPILE_CACHE = '/home/fillmasjid/.cache/azaan-relay';
    expect(server.env).toEqual({ NODE_ENV: 'production', ENV_FILE, NODE_COMPILE_CACHE });
  });

  it('runs a checkout too, whose settings are in .env, with the logs that PM2 keeps', async () => {
    const checkout = await app({ ENV_FILE: join(folder, 'nowhere.env'), HOME: '/home/somebody' });
    expect(checkout).not.toHaveProperty('out_file');
    expect(checkout.env).toEqual({ NODE_COMPILE_CACHE: '/home/somebody/.cache/azaan-relay' });
  });
});
