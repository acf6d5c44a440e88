import { chmod, mkdir, readFile, readdir, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { INFRA, Machine, run, succeed, type Outcome } from './machine.js';

const MS_PER_DAY = 86_400_000;
const RELAY_USER_ID = '64999';

/** A machine with logs, and no daemon that writes them. */
export class LogMachine implements AsyncDisposable {
  private constructor(readonly machine: Machine) {}

  static async make(answers: Readonly<Record<string, string>> = {}): Promise<LogMachine> {
    const machine = await Machine.make({ LOG_QUOTA_MB: '100', LOG_DISK_FREE_MB: '0', ...answers });
    for (const folder of ['var/log', 'var/lib/azaan-logs', 'textfiles']) {
      await mkdir(machine.path(folder), { recursive: true });
    }
    // As Debian's and Ubuntu's, which include the rest.
    await writeFile(
      machine.path('etc/logrotate.conf'),
      `weekly\nrotate 4\ncreate\ninclude ${machine.path('etc/logrotate.d')}\n`,
    );
    await chmod(machine.path('etc/logrotate.conf'), 0o644);
    // The relay's user, whom this machine need not have.
    for (const file of ['etc/passwd', 'etc/group']) {
      const home = file === 'etc/passwd' ? `${RELAY_USER_ID}::/home/fillmasjid:/usr/sbin/nologin` : '';
      const text = await readFile(`/${file}`, 'utf8');
      await writeFile(machine.path(file), `${text}fillmasjid:x:${RELAY_USER_ID}:${home}\n`, { mode: 0o644 });
    }
    return new LogMachine(machine);
  }

  path(log: string): string {
    return this.machine.path('var/log', log);
  }

  /** A file of so many MiB, whose last line is so old. */
  async put(
    log: string,
    { mb = 0, daysOld = 0 }: { readonly mb?: number; readonly daysOld?: number },
  ): Promise<string> {
    const path = this.path(log);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, 'a line\n');
    if (mb > 0) await succeed('fallocate', ['--posix', '--length', `${mb}MiB`, path]);
    await age(path, daysOld);
    return path;
  }

  /** What became of a log that many days ago: so many MiB, or these lines, compressed. Returns its name. */
  async turnedOver(log: string, daysOld: number, content: number | string = 0): Promise<string> {
    const at = new Date(Date.now() - daysOld * MS_PER_DAY);
    const day = at.toISOString().slice(0, 10).replaceAll('-', '');
    const name = `${log}-${day}-${Math.floor(at.getTime() / 1_000)}.gz`;
    if (typeof content === 'number') {
      await this.put(name, { mb: content, daysOld });
    } else {
      await mkdir(dirname(this.path(name)), { recursive: true });
      await writeFile(this.path(name), gzipSync(content));
      await age(this.path(name), daysOld);
    }
    return name;
  }

  /** Every file of the logs, sorted. */
  async files(): Promise<string[]> {
    const entries = await readdir(this.path(''), { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
    return files.map((file) => file.slice(this.path('').length + 1)).sort();
  }

  /** Runs a command where /var/log is this machine's, and the relay's user is known. */
  inside(command: readonly string[]): Promise<Outcome> {
    const mounts = ['var/log', 'etc/passwd', 'etc/group'].map(
      (path) => `mount --bind ${this.machine.path(path)} /${path}`,
    );
    return run('unshare', ['--mount', 'sh', '-c', `${mounts.join(' && ')} && exec "$@"`, 'sh', ...command]);
  }

  /** logrotate, as it runs every minute. */
  rotate(...options: readonly string[]): Promise<Outcome> {
    const config = this.machine.path('etc/logrotate.conf');
    return this.inside(['logrotate', ...options, '--state', this.machine.path('state'), config]);
  }

  /** @param by a command that runs another one */
  quota(by: readonly string[] = []): Promise<Outcome> {
    const env = { AZAAN_ANSWERS: this.machine.answersFile, TEXTFILE_DIRECTORY: this.machine.path('textfiles') };
    return this.script('quota', env, by);
  }

  /** @param env on top of where this machine has what the script reads */
  archive(env: Readonly<Record<string, string>> = {}, by: readonly string[] = []): Promise<Outcome> {
    const paths = {
      CREDENTIALS_DIRECTORY: this.machine.path('etc/azaan'),
      STATE_DIRECTORY: this.machine.path('var/lib/azaan-logs'),
      LOGS: this.path(''),
    };
    return this.script('archive', { ...paths, ...env }, by);
  }

  /** What the quota told node_exporter; NaN when it told nothing of that. */
  async metric(series: string): Promise<number> {
    const lines = (await readFile(this.machine.path('textfiles/logs.prom'), 'utf8')).split('\n');
    return Number(lines.find((line) => line.startsWith(`${series} `))?.split(' ')[1]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.machine[Symbol.asyncDispose]();
  }

  private script(name: string, env: Readonly<Record<string, string>>, by: readonly string[]): Promise<Outcome> {
    const [program, ...args] = [...by, join(INFRA, 'parts/logs', name)];
    return run(program, args, env);
  }
}

async function age(path: string, daysOld: number): Promise<void> {
  const at = new Date(Date.now() - daysOld * MS_PER_DAY);
  await utimes(path, at, at);
}
