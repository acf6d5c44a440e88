import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mustNotOutliveUs } from '../../support/outlive.js';
import { childrenOf } from '../../support/processes.js';
import { Daemon } from '../../support/daemon.js';
import { makeBaseSystem, type System } from './base-system.js';
import { answersWith, run, succeed, type Outcome } from './machine.js';
import { Network, SERVER_IP } from './network.js';
import { nodePackages } from './node-packages.js';

const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));
const WAY_OUT = fileURLToPath(new URL('way-out.mjs', import.meta.url));
const WAY_OUT_PORT = 3128;
const NODE_HOST = 'node.packages.test';
const BOOT_TIMEOUT_MS = 120_000;
const STOP_TIMEOUT_MS = 30_000;
/** Where systemd keeps its services: beside older hierarchies, or alone. */
const CONTROL_GROUPS = ['/sys/fs/cgroup/unified', '/sys/fs/cgroup'];
/** Exit code of systemd-nspawn when the machine wants to start again. */
const REBOOTS = 133;

/**
 * A machine of its own: the smallest system from the archive, with systemd as its first process, in a network that
 * ends at the test; the package archives are reached through a proxy. Needs root.
 */
export class Vm implements AsyncDisposable {
  /** Where the operator cloned the repository to. */
  static readonly checkout = '/root/azaan-relay';

  private container: ChildProcess | undefined;
  private firstProcess = 0;

  private constructor(
    readonly network: Network,
    readonly root: string,
    private readonly group: string,
    private readonly disposables: AsyncDisposableStack,
  ) {}

  /** @param answers on top of the example's */
  static async boot(system: System, answers: Readonly<Record<string, string>>, ...hostNames: string[]): Promise<Vm> {
    await using disposables = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), 'azaan-vm-'));
    disposables.defer(() => rm(folder, { recursive: true, force: true }));
    const [root, shared] = [join(folder, 'root'), join(folder, 'shared')];
    await mkdir(shared);
    await makeBaseSystem(system, root);
    const node = await nodePackages((await readFile(join(REPOSITORY, '.nvmrc'), 'utf8')).trim());

    const network = disposables.use(await Network.make(...hostNames));
    const socket = join(shared, 'way-out');
    const ends = [
      [process.execPath, WAY_OUT, 'out', socket, NODE_HOST, node.folder],
      network.on('server', process.execPath, WAY_OUT, 'in', socket, String(WAY_OUT_PORT)),
    ];
    for (const end of ends) disposables.use(await Daemon.start(end, () => Promise.resolve(true)));

    await prepare(root, hostNames, {
      NODE_APT_URL: `http://${NODE_HOST}`,
      NODE_APT_KEY_URL: `http://${NODE_HOST}/key.asc`,
      NODE_APT_KEY: node.fingerprint,
      PUBLIC_IP: SERVER_IP,
      ...answers,
    });
    const group = await makeGroup(basename(folder));
    disposables.defer(() => removeGroup(group));
    const vm = new Vm(network, root, group, disposables.move());
    try {
      await vm.switchOn();
      return vm;
    } catch (error) {
      await vm[Symbol.asyncDispose]();
      throw error;
    }
  }

  path(...parts: readonly string[]): string {
    return join(this.root, ...parts);
  }

  /** A command line that runs as root within the machine, in the checkout. */
  command(line: string, env: Readonly<Record<string, string>> = {}): string[] {
    const proxy = `http://127.0.0.1:${WAY_OUT_PORT}`;
    const environment = {
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      HOME: '/root',
      LANG: 'C.UTF-8',
      http_proxy: proxy,
      https_proxy: proxy,
      no_proxy: 'localhost,127.0.0.1',
      NODE_EXTRA_CA_CERTS: '/etc/ssl/certs/around.pem',
      ...env,
    };
    const pairs = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
    const enter = ['nsenter', `--target=${this.firstProcess}`, '--all', '--wd', '--root'];
    return [...enter, 'env', '-i', ...pairs, 'sh', '-c', `cd ${Vm.checkout} 2>/dev/null; ${line}`];
  }

  /** Runs a line of shell to its end. */
  async run(
    line: string,
    { seconds = 30, env = {} }: { seconds?: number; env?: Readonly<Record<string, string>> } = {},
  ): Promise<Outcome> {
    const [program = '', ...args] = this.command(line, env);
    return run(program, args, {}, seconds * 1000);
  }

  /** @throws with what it printed when it does not end with 0 */
  async succeed(...args: Parameters<Vm['run']>): Promise<string> {
    const { code, stdout, stderr } = await this.run(...args);
    if (code !== 0) throw new Error(`${args[0]} ended with ${code}:\n${stdout}${stderr}`);
    return stdout;
  }

  /** Starts a line of shell, in a group of processes of its own. */
  start(line: string, env?: Readonly<Record<string, string>>): ChildProcess {
    const [program = '', ...args] = this.command(line, env);
    const child = spawn(program, args, { detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
    mustNotOutliveUs(child);
    return child;
  }

  /** Starts a program of the test in the network of the machine; it ends with the machine. */
  async runBeside(command: readonly string[], port: string): Promise<void> {
    const { network } = this;
    const listens = () => network.listens('server', port);
    this.disposables.use(await Daemon.start(network.on('server', ...command), listens));
  }

  async reboot(): Promise<void> {
    const off = once(this.container!, 'exit', { signal: AbortSignal.timeout(STOP_TIMEOUT_MS) });
    await this.run('systemctl reboot');
    // systemd-nspawn leaves it to its caller to start the machine again.
    const [code] = (await off) as [number | null];
    if (code !== REBOOTS) throw new Error(`the machine ended with ${code} in the place of starting again`);
    await this.switchOn();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.container !== undefined) await switchOff(this.container);
    await this.disposables.disposeAsync();
  }

  private async switchOn(): Promise<void> {
    const namespace = this.network.namespace('server');
    this.container = spawn(
      'sh',
      [
        ...['-ec', 'echo $$ >"$0/cgroup.procs"; exec "$@"', this.group],
        // It ends with this process, even if that is killed.
        ...['setpriv', '--pdeathsig', 'KILL', 'systemd-nspawn'],
        ...['--quiet', '--register=no', '--keep-unit', '--resolv-conf=off', '--timezone=off', '--boot'],
        // It has its network, firewall and all, to itself.
        ...[`--network-namespace-path=/run/netns/${namespace}`, '--capability=CAP_NET_ADMIN'],
        ...[`--machine=${basename(this.group)}`, `--directory=${this.root}`],
      ],
      {
        stdio: ['ignore', 'ignore', 'inherit'],
        env: { ...process.env, SYSTEMD_NSPAWN_API_VFS_WRITABLE: 'network' },
      },
    );
    const { container } = this;
    this.firstProcess = 0;
    mustNotOutliveUs(container, () => {
      container.kill('SIGKILL');
      // The machine goes on without it, but not without its own first process, which may be gone already.
      try {
        if (this.firstProcess !== 0) process.kill(this.firstProcess, 'SIGKILL');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    });
    this.firstProcess = await firstProcessOf(container);
    await this.waitUntilBooted();
  }

  private async waitUntilBooted(): Promise<void> {
    const deadlineMs = performance.now() + BOOT_TIMEOUT_MS;
    for (;;) {
      const { stdout } = await this.run('systemctl is-system-running');
      if (/^(running|degraded)/.test(stdout)) return;
      if (performance.now() > deadlineMs) throw new Error(`the machine did not start: ${stdout}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

/** What an operator does before init.sh: a user with a key, a clone of the repository, the answers. */
async function prepare(
  root: string,
  hostNames: readonly string[],
  answers: Readonly<Record<string, string>>,
): Promise<void> {
  await writeFile(join(root, 'etc/hosts'), `127.0.0.1 localhost\n${SERVER_IP} ${hostNames.join(' ')}\n`);
  const proxy = `Acquire::http::Proxy "http://127.0.0.1:${WAY_OUT_PORT}";\n`;
  await writeFile(join(root, 'etc/apt/apt.conf.d/00way-out'), proxy);
  // Whoever stands between this machine and the archives is believed in there too.
  await cp('/etc/ssl/certs/ca-certificates.crt', join(root, 'etc/ssl/certs/around.pem'));
  const script = [
    'useradd --create-home --groups sudo volunteer',
    'install -d -m 0700 -o volunteer -g volunteer /home/volunteer/.ssh',
    'ssh-keygen -q -t ed25519 -N "" -f /root/key && cat /root/key.pub >/home/volunteer/.ssh/authorized_keys',
  ];
  await succeed('chroot', [root, 'sh', '-ec', script.join('\n')]);
  await cloneInto(join(root, Vm.checkout));
  await mkdir(join(root, 'etc/azaan'));
  await writeFile(join(root, 'etc/azaan/azaan.env'), await answersWith(answers), { mode: 0o600 });
}

/** The repository as it is here, with what is not committed yet. */
async function cloneInto(folder: string): Promise<void> {
  await succeed('git', ['clone', '--quiet', '--depth=1', `file://${REPOSITORY}`, folder]);
  const files = 'git ls-files -z --cached --others --exclude-standard | xargs -0 ls -d 2>/dev/null';
  await succeed('sh', ['-c', `cd "$1" && ${files} | tar -cT - | tar -xC "$2"`, 'sh', REPOSITORY, folder]);
  const git = ['-C', folder, '-c', 'user.name=test', '-c', 'user.email=test@example.org'];
  await succeed('git', [...git, 'add', '--all']);
  await succeed('git', [...git, 'commit', '--quiet', '--allow-empty', '--message=as it is here']);
}

/** A control group: the systemd of a machine takes over the one that it is started in, and no other may be in there. */
async function makeGroup(name: string): Promise<string> {
  const [, own = '/'] = /^0::(.*)$/m.exec(await readFile('/proc/self/cgroup', 'utf8')) ?? [];
  const [tree = ''] = CONTROL_GROUPS.filter((each) => existsSync(each));
  const group = join(tree, own, name);
  await mkdir(group);
  return group;
}

/** With those that systemd left in it, in both trees. */
async function removeGroup(group: string): Promise<void> {
  for (const tree of [group, group.replace('/unified/', '/systemd/')]) {
    await run('find', [tree, '-depth', '-type', 'd', '-delete']);
  }
}

async function firstProcessOf(container: ChildProcess): Promise<number> {
  const deadlineMs = performance.now() + BOOT_TIMEOUT_MS;
  while (performance.now() < deadlineMs && container.exitCode === null) {
    const [leader] = await childrenOf(container.pid!);
    if (leader !== undefined && (await readFile(`/proc/${leader}/comm`, 'utf8')).trim() === 'systemd') return leader;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('systemd-nspawn did not start systemd');
}

/** SIGTERM shuts the machine down in order. */
async function switchOff(container: ChildProcess): Promise<void> {
  if (container.exitCode !== null || container.signalCode !== null) return;
  const closed = once(container, 'exit');
  container.kill('SIGTERM');
  const timer = setTimeout(() => container.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await closed;
  clearTimeout(timer);
}
