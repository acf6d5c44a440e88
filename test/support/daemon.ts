import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { mustNotOutliveUs } from './outlive.js';

const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 10_000;
const POLL_MS = 50;

export interface DaemonOptions {
  readonly cwd?: string;
  /** The whole environment; that of this process when absent. */
  readonly env?: NodeJS.ProcessEnv;
}

/** A program in the foreground, ready when it says so; it ends with its test. */
export class Daemon implements AsyncDisposable {
  /** Of standard output and error, as they came. */
  readonly lines: string[] = [];
  /** Resolves with what it ended by, once all of its output is read. */
  readonly exit: Promise<number | NodeJS.Signals>;
  private readonly chunks: string[] = [];
  private wake = (): void => undefined;

  private constructor(private readonly child: ChildProcess) {
    mustNotOutliveUs(child);
    this.exit = new Promise((resolve) => child.once('close', (code, signal) => resolve(signal ?? code ?? -1)));
    child.on('error', ({ message }) => this.chunks.push(message));
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      stream.on('data', (data) => this.chunks.push(String(data)));
      createInterface(stream).on('line', (line) => {
        this.lines.push(line);
        this.wake();
      });
    }
  }

  /** @param ready asked again until it is true @throws with the program's output when it ends or takes too long */
  static async start(
    command: readonly string[],
    ready: (daemon: Daemon) => boolean | Promise<boolean>,
    options: DaemonOptions = {},
  ): Promise<Daemon> {
    const [program = '', ...args] = command;
    // Its standard input ends with this process, for those that end with that.
    const daemon = new Daemon(spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], ...options }));
    const deadlineMs = performance.now() + START_TIMEOUT_MS;
    while (!(await ready(daemon))) {
      if (!daemon.running || performance.now() > deadlineMs) {
        await daemon.stop();
        throw new Error(`${command.join(' ')} did not start (${await daemon.exit}):\n${daemon.output.trimEnd()}`);
      }
      await new Promise<void>((resolve) => {
        daemon.wake = resolve;
        setTimeout(resolve, POLL_MS);
      });
    }
    return daemon;
  }

  /** As `start`; ready once `url` answers 200. */
  static startAnswering(url: string, command: readonly string[]): Promise<Daemon> {
    return Daemon.start(command, () => answers(url));
  }

  get pid(): number {
    return this.child.pid!;
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

  /** Sends the signal, and SIGKILL when it has not ended within the time. */
  async stop(signal: NodeJS.Signals = 'SIGTERM', timeoutMs = STOP_TIMEOUT_MS): Promise<void> {
    if (this.running) this.child.kill(signal);
    const timer = setTimeout(() => this.child.kill('SIGKILL'), timeoutMs);
    await this.exit;
    clearTimeout(timer);
  }

  /** Ends it without a word. */
  kill(): Promise<void> {
    return this.stop('SIGKILL');
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
