import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mustNotOutliveUs } from './outlive.js';

const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 10_000;
const POLL_MS = 50;

/** A program in the foreground, ready when it says so; it ends with its test. */
export class Daemon implements AsyncDisposable {
  private constructor(
    private readonly child: ChildProcess,
    private readonly chunks: string[],
  ) {}

  /** @param ready asked again until it is true @throws with the program's output when it ends or takes too long */
  static async start(command: readonly string[], ready: (daemon: Daemon) => Promise<boolean>): Promise<Daemon> {
    const [program = '', ...args] = command;
    // Its standard input ends with this process, for those that end with that.
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    mustNotOutliveUs(child);
    const chunks: string[] = [];
    child.once('error', ({ message }) => chunks.push(message));
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => chunks.push(String(data)));
    const daemon = new Daemon(child, chunks);
    const deadlineMs = performance.now() + START_TIMEOUT_MS;
    while (!(await ready(daemon))) {
      if (!daemon.running || performance.now() > deadlineMs) {
        await daemon.stop();
        throw new Error(`${command.join(' ')} did not start:\n${daemon.output}`);
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    return daemon;
  }

  /** As `start`; ready once `url` answers 200. */
  static startAnswering(url: string, command: readonly string[]): Promise<Daemon> {
    return Daemon.start(command, () => answers(url));
  }

  get running(): boolean {
    return this.child.pid !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  get output(): string {
    return this.chunks.join('');
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  async stop(): Promise<void> {
    if (!this.running) return;
    const closed = once(this.child, 'close');
    this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await closed;
    clearTimeout(timer);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

async function answers(url: string): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(1_000) }).then(
    ({ ok }) => ok,
    () => false,
  );
}
