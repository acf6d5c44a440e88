import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { ReplyEnvelope, RequestEnvelope, RequestMap } from './load-protocol.js';

interface Waiting {
  readonly resolve: (body: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/** A child process that makes load, and the requests it answers. Its death rejects whatever is still asked of it. */
export class LoadProcess<Requests extends RequestMap<Requests>> {
  private readonly child: ChildProcess;
  private readonly waiting = new Map<number, Waiting>();
  private nextId = 1;
  private closed = false;

  /** @param script file of this directory, without extension */
  constructor(private readonly script: string) {
    this.child = fork(join(import.meta.dirname, `${script}.js`), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    this.child.on('message', (message) => this.settle(message as ReplyEnvelope));
    this.child.on('error', (error) => this.fail(error));
    this.child.on('exit', (code, signal) => {
      this.fail(new Error(`the ${script} process ended (${signal ?? String(code)})`));
    });
  }

  /** 0 when it did not start. */
  get pid(): number {
    return this.child.pid ?? 0;
  }

  request<Name extends keyof Requests & string>(
    name: Name,
    body: Requests[Name]['request'],
    timeoutMs = 10_000,
  ): Promise<Requests[Name]['reply']> {
    return new Promise((resolve, reject) => {
      if (this.closed) {
        reject(new Error(`the ${this.script} process is gone`));
        return;
      }
      const id = this.nextId++;
      const timer = setTimeout(() => {
        this.waiting.delete(id);
        reject(new Error(`the ${this.script} process did not answer "${name}" within ${timeoutMs} ms`));
      }, timeoutMs);
      this.waiting.set(id, { resolve, reject, timer });
      const envelope: RequestEnvelope = { id, name, body };
      this.child.send(envelope);
    });
  }

  /** Ends it without any goodbye to the relay, as a phone without battery would. */
  async close(): Promise<void> {
    this.closed = true;
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
  }

  private settle(reply: ReplyEnvelope): void {
    const waiting = this.waiting.get(reply.id);
    if (!waiting) return;
    this.waiting.delete(reply.id);
    clearTimeout(waiting.timer);
    if (reply.ok) waiting.resolve(reply.body);
    else waiting.reject(new Error(reply.message));
  }

  private fail(error: Error): void {
    this.closed = true;
    for (const { reject, timer } of this.waiting.values()) {
      clearTimeout(timer);
      reject(error);
    }
    this.waiting.clear();
  }
}
