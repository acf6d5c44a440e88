import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  AUTHORITY,
  bootBare,
  call,
  init,
  nameOfRelease,
  NOTHING_TO_CHANGE,
  putRelease,
} from './support/init-server.js';
import { commandsOfPage } from './support/guide.js';
import { run, succeed } from './support/machine.js';
import { Vm } from './support/vm.js';

const REPOSITORY = resolve(import.meta.dirname, '../..');
/** The last commit in which `infra` was arranged otherwise: units call its scripts by other paths. */
const BEFORE = 'aff6aec';
const CHECKOUT_BEFORE = '/root/before';
const BOOT_TIMEOUT_MS = 600_000;
const RUN_TIMEOUT_MS = 600_000;
const FAILED = 'systemctl --failed --quiet --no-legend';
/** Again and again, as their timers have them start. */
const SERVICES = 'azaan-textfile azaan-logs';
/** From one `current` and its units to the next, on a busy machine. */
const SWITCH_SECONDS = 15;

const hasHistory = (await run('git', ['-C', REPOSITORY, 'cat-file', '-e', `${BEFORE}^{commit}`])).code === 0;
if (!hasHistory) {
  const told = `the upgrade of a server of before was not tried: this clone does not have ${BEFORE}`;
  if (process.env['UPGRADE_REQUIRED'] === '1') throw new Error(told);
  process.stderr.write(`${told}\n`);
}

describe.runIf(hasHistory)('a server of the release before', { timeout: RUN_TIMEOUT_MS }, () => {
  let vm: Vm;
  let filesBefore: readonly string[];

  const initBefore = (options = '') =>
    vm.run(`cd ${CHECKOUT_BEFORE} && infra/init.sh ${options} 2>&1`, { seconds: 500, env: AUTHORITY });

  beforeAll(async () => {
    vm = await bootBare('bookworm');
    await putCheckoutBefore(vm);
    for (const checkout of [CHECKOUT_BEFORE, Vm.checkout]) await putRelease(vm, checkout);
    const { code, stdout } = await initBefore();
    expect(code, stdout).toBe(0);
    const templates = 'find infra/templates -name "*.tmpl" -printf "/%P\\n"';
    filesBefore = (await vm.succeed(`cd ${CHECKOUT_BEFORE} && ${templates}`))
      .replaceAll('.tmpl', '')
      .trim()
      .split('\n');
  }, BOOT_TIMEOUT_MS);
  afterAll(() => vm[Symbol.asyncDispose](), 60_000);

  it('becomes one of this release while it serves: nothing fails but while the relay is started again', async () => {
    expect((await init(vm, '--check')).stdout).toMatch(/^ +would remove \/etc\/systemd\/system\/azaan-gone\.timer$/m);
    // However often they start.
    for (const unit of SERVICES.split(' ')) {
      const folder = vm.path(`run/systemd/system/${unit}.service.d`);
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, 'often.conf'), '[Unit]\nStartLimitIntervalSec=0\n');
    }
    await vm.succeed('systemctl daemon-reload');
    const relay = vm.start(
      'while sleep 0.2; do curl -so /dev/null -w "%{http_code}\\n" -m 5 localhost:3000/readyz; done',
    );
    const timers = vm.start(
      `while sleep 0.1; do systemctl start ${SERVICES} 2>/dev/null && ok=true || ok=false; echo "$(date +%s) $ok"; done`,
    );
    const heard = [relay, timers].map((child) => {
      const lines: string[] = [];
      child.stdout!.on('data', (data) => lines.push(...String(data).trim().split('\n')));
      return { child, lines };
    });
    const { code, stdout } = await init(vm);
    for (const { child } of heard) {
      const closed = once(child, 'close');
      process.kill(-child.pid!, 'SIGKILL');
      await closed;
    }
    expect(code, stdout).toBe(0);
    expect(stdout).toMatch(/^Started again: .*\brelay\b/m);
    const [answers, starts] = heard.map(({ lines }) => lines) as [string[], string[]];
    // Ready, not ready, ready.
    const spans = answers.filter((answer, index) => (answer === '200') !== (answers[index - 1] === '200'));
    expect(spans.map((answer) => answer === '200')).toEqual([true, false, true]);
    const switched = Number(await vm.succeed('stat -c %Z /opt/azaan-relay/current'));
    const times = (worked: boolean) =>
      starts.filter((line) => line.endsWith(` ${worked}`)).map((line) => Number(line.split(' ')[0]));
    expect(times(true).some((at) => at < switched)).toBe(true);
    expect(times(true).some((at) => at > switched)).toBe(true);
    expect(times(false).filter((at) => at < switched || at > switched + SWITCH_SECONDS)).toEqual([]);
  });

  it('has no unit that failed, and serves through nginx', async () => {
    await vm.succeed(`systemctl start ${SERVICES} azaan-logs-archive`, { seconds: 60 });
    expect(await vm.succeed(FAILED)).toBe('');
    expect((await call(vm, '/readyz')).stdout).toContain('"status":"ok"');
    expect(await vm.succeed('cat /var/lib/prometheus/node-exporter/pm2.prom')).toContain('azaan_pm2_online');
  });

  it('has nothing left of what only the release before had', async () => {
    const files = (await vm.succeed('cat /var/lib/azaan/init/files')).trim().split('\n');
    const left = filesBefore.filter((file) => !files.includes(file.slice(1)));
    expect(left).toEqual(expect.arrayContaining(['/etc/azaan/gone.conf', '/etc/systemd/system/azaan-gone.timer']));
    for (const file of left) expect((await vm.run(`test -e ${file}`)).code, file).toBe(1);
    expect(await vm.succeed('systemctl list-units --all --no-legend "azaan-gone*"')).toBe('');
    expect(await vm.succeed('find /etc/systemd/system -xtype l -name "azaan-*"')).toBe('');
    expect(await vm.succeed(`grep -rlE 'current/infra/(logs|monitoring|secrets|turn|updates)/' /etc || true`)).toBe('');
  });

  it('is not changed by a second run', async () => {
    expect((await init(vm)).stdout).toMatch(NOTHING_TO_CHANGE);
    expect((await init(vm, '--check')).code).toBe(0);
  });

  it('is refused by the release before, and by this one when a newer one made it', async () => {
    const before = await vm.succeed('cat /etc/azaan/azaan.env');
    expect(await initBefore()).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/✗ .*LAYOUT is no variable of [^]*nothing was changed/) as string,
    });
    await vm.succeed(`sed -i 's/^LAYOUT=.*/LAYOUT=99/' /etc/azaan/azaan.env`);
    const { code, stdout } = await init(vm);
    expect(code).toBe(1);
    expect(stdout).toContain('LAYOUT is of a newer release (docs/operations/deploy.md, "Going back")');
    expect(stdout).toContain('nothing was changed');
    await writeFile(vm.path('etc/azaan/azaan.env'), before);
  });

  it('goes back to the release before by hand, as the page says', async () => {
    await vm.succeed(commandsOfPage('deploy').join('\n'), { seconds: 300, env: AUTHORITY });
    expect(await vm.succeed('cat /opt/azaan-relay/current/RELEASE')).toBe(
      await vm.succeed(nameOfRelease(CHECKOUT_BEFORE)),
    );
    await vm.succeed('systemctl start azaan-textfile azaan-logs', { seconds: 60 });
    expect(await vm.succeed(FAILED)).toBe('');
    expect((await call(vm, '/readyz')).stdout).toContain('"status":"ok"');
    expect((await initBefore()).stdout).toMatch(NOTHING_TO_CHANGE);
  });
});

/** With a file and a timer that today's release does not have; the answers are those of its own example. */
async function putCheckoutBefore(vm: Vm): Promise<void> {
  const checkout = vm.path(CHECKOUT_BEFORE);
  const templates = join(checkout, 'infra/templates/etc');
  await mkdir(checkout);
  await succeed('sh', ['-c', `git -C "$1" archive ${BEFORE} | tar -xC "$2"`, 'sh', REPOSITORY, checkout]);
  await writeFile(join(templates, 'azaan/gone.conf.tmpl'), 'gone\n');
  const unit = join(templates, 'systemd/system/azaan-gone');
  const program = '/opt/azaan-relay/current/infra/updates/metrics';
  await writeFile(`${unit}.service.tmpl`, `[Service]\nType=oneshot\nExecStart=${program}\n`);
  await writeFile(`${unit}.timer.tmpl`, '[Timer]\nOnCalendar=minutely\n[Install]\nWantedBy=timers.target\n');
  await commitAll(checkout);

  const answers = vm.path('etc/azaan/azaan.env');
  const given = new Map((await readFile(answers, 'utf8')).split('\n').map((line) => [line.split('=')[0], line]));
  const example = await readFile(join(checkout, 'infra/azaan.env.example'), 'utf8');
  const filled = example.replace(/^(\w+)=.*$/gm, (line, name: string) => given.get(name) ?? line);
  await writeFile(answers, filled);
}

async function commitAll(folder: string): Promise<void> {
  const git = ['git', '-c', 'user.name=test', '-c', 'user.email=test@example.org'].join(' ');
  const script = `cd "$1" && git init --quiet && git add --all && ${git} commit --quiet --message=before`;
  await succeed('sh', ['-ec', script, 'sh', folder]);
}
