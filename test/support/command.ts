import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { mustNotOutliveUs } from './outlive.js';

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A command of `dist/cli`, without npm; it ends with its test. */
export class Command implements AsyncDisposable {
  /** Resolves when it has ended, and all that it wrote is read. */
  readonly exit: Promise<{ readonly code: number | null; readonly out: string; readonly err: string }>;
  private readonly child;

  constructor(name: string, parameters: readonly string[], { cwd, env }: CommandOptions = {}) {
    const program = fileURLToPath(new URL(`../../dist/cli/${name}.js`, import.meta.url));
    this.child = spawn(process.execPath, [program, ...parameters], {
      ...(cwd === undefined ? {} : { cwd }),
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'], ...env },
    });
    mustNotOutliveUs(this.child);
    const { stdout, stderr } = this.child;
    const closed = once(this.child, 'close');
    this.exit = Promise.all([text(stdout), text(stderr), closed]).then(([out, err, [code]]) => ({
      code: code as number | null,
      out,
      err,
    }));
  }

  interrupt(): void {
    this.child.kill('SIGINT');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exit;
  }
}
