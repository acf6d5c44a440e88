import { chmod, mkdir, readdir, truncate, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { INFRA, Machine, run } from './machine.js';
import type { Outcome } from './machine.js';

const MB = 1_000_000;
const MS_PER_DAY = 86_400_000;

/** A machine with logs, and no daemon that writes them. */
export class LogMachine implements AsyncDisposable {
  private constructor(readonly machine: Machine) {}

  static async make(answers: Readonly<Record<string, string>> = {}): Promise<LogMachine> {
    const machine = await Machine.make({ LOG_DISK_FREE_MB: '0', ...answers });
    for (const folder of ['var/log', 'var/lib/azaan', 'var/lib/logrotate', 'textfiles']) {
      await mkdir(machine.path(folder), { recursive: true });
    }
    // As Debian's and Ubuntu's, which include the rest.
    await writeFile(
      machine.path('etc/logrotate.conf'),
      `weekly\nrotate 4\ncreate\ninclude ${machine.path('etc/logrotate.d')}\n`,
    );
    await chmod(machine.path('etc/logrotate.conf'), 0o644);
    return new LogMachine(machine);
  }

  path(log: string): string {
    return this.machine.path('var/log', log);
  }

  /** A file of that size, which takes no room on the disk. */
  async put(
    log: string,
    { mb = 1, daysOld = 0 }: { readonly mb?: number; readonly daysOld?: number },
  ): Promise<string> {
    const path = this.path(log);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, '');
    await truncate(path, mb * MB);
    await age(path, daysOld);
    return path;
  }

  /** A compressed log with these lines. */
  async compressed(log: string, text: string, daysOld: number): Promise<string> {
    const path = this.path(log);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, gzipSync(text));
    await age(path, daysOld);
    return path;
  }

  /** Every file of the logs, sorted. */
  async files(): Promise<string[]> {
    const entries = await readdir(this.path(''), { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
    return files.map((file) => file.slice(this.path('').length + 1)).sort();
  }

  /** @param by a command that runs another one */
  quota(by: readonly string[] = []): Promise<Outcome> {
    return this.script('quota.mjs', by);
  }

  archive(): Promise<Outcome> {
    return this.script('archive.mjs');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.machine[Symbol.asyncDispose]();
  }

  private script(name: string, by: readonly string[] = []): Promise<Outcome> {
    const [program, ...args] = [...by, process.execPath, join(INFRA, 'parts/logs', name)];
    return run(program, args, {
      AZAAN_ANSWERS: this.machine.answersFile,
      TEXTFILE_DIRECTORY: this.machine.path('textfiles'),
    });
  }
}

async function age(path: string, daysOld: number): Promise<void> {
  const at = new Date(Date.now() - daysOld * MS_PER_DAY);
  await utimes(path, at, at);
}
