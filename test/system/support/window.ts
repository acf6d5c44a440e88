import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mustNotOutliveUs } from '../../support/outlive.js';

const LOGIN_TIMEOUT_MS = 30_000;
const PROMPT = /\[ready (\d+)\] $/;

/** What a program asks, and what the person at the keyboard says. */
export type Reply = readonly [asked: RegExp, said: string];

/** A terminal with a shell behind it, typed into by somebody who waits for the prompt. */
export class Window implements AsyncDisposable {
  private seen = '';

  private constructor(
    private readonly child: ChildProcess,
    private readonly replies: readonly Reply[],
  ) {
    // Whoever is not let in cannot type.
    child.stdin!.on('error', () => undefined);
    for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (data) => (this.seen += String(data)));
  }

  /** @param command logs in, with a terminal: such as `ssh -tt HOST` @throws with what was printed when it does not */
  static async open(command: readonly string[], replies: readonly Reply[]): Promise<Window> {
    const [program = '', ...args] = command;
    const child = spawn(program, args, { stdio: 'pipe', env: { ...process.env, TERM: 'dumb' } });
    mustNotOutliveUs(child);
    const window = new Window(child, replies);
    // Its echo has no number in it, and so is no prompt.
    const { code, output } = await window.type("PS1='[ready $?] '", LOGIN_TIMEOUT_MS);
    if (code !== 0) throw new Error(output);
    return window;
  }

  /** Types a line, answers what is asked meanwhile, and waits for the prompt. @throws when it takes too long */
  async type(line: string, timeoutMs: number): Promise<{ readonly code: number; readonly output: string }> {
    this.seen = '';
    this.child.stdin!.write(`${line}\n`);
    const deadlineMs = performance.now() + timeoutMs;
    let answered = 0;
    for (;;) {
      const code = PROMPT.exec(this.seen)?.[1];
      if (code !== undefined) return { code: Number(code), output: this.seen.replaceAll('\r', '') };
      const reply = this.replies.find(([asked]) => asked.test(this.seen.slice(answered)));
      if (reply !== undefined) {
        answered = this.seen.length;
        this.child.stdin!.write(`${reply[1]}\n`);
      }
      if (this.child.exitCode !== null || performance.now() > deadlineMs)
        throw new Error(`"${line}" came to no end:\n${this.seen}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const closed = once(this.child, 'close');
    this.child.kill('SIGTERM');
    await closed;
  }
}
