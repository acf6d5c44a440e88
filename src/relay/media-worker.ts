import { fork, type ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { fileURLToPath } from 'node:url';
import { MediaUnavailableError } from '../errors/app-error.js';
import type { AwakeClock } from '../process/awake-clock.js';
import { TurnBatch } from '../process/turn-batch.js';
import type { FromWorker, ToWorker, WorkerEvent, WorkerRequests, WorkerSettings } from './media-protocol.js';

const ENTRY = fileURLToPath(new URL('./media/worker-main.js', import.meta.url));
const START_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 3_000;
const DEADLINE_CHECK_MS = 250;
const STOP_TIMEOUT_MS = 2_000;
/** glibc keeps freed memory in an arena per thread, and a worker has many threads: two arenas keep less. */
const ALLOCATOR_ENV = { MALLOC_ARENA_MAX: '2', MALLOC_TRIM_THRESHOLD_: '131072' };

export interface MediaWorkerEvents {
  event: [event: WorkerEvent];
  /** A line that native code wrote to its standard error. */
  stderr: [line: string];
  /** Once, when the process is gone, wanted or not. */
  exit: [how: string];
}

/** A worker answered that it cannot, in words of its own; where in this process that was heard says nothing. */
export class WorkerRefusal extends Error {
  override readonly name = 'WorkerRefusal';
}

interface Waiting {
  readonly resolve: (body: unknown) => void;
  readonly reject: (error: Error) => void;
  /** By the clock that stands still while this process is away. */
  readonly deadlineMs: number;
}

/** The main process's end of one media worker process. */
export class MediaWorker extends EventEmitter<MediaWorkerEvents> {
  private readonly child: ChildProcess;
  private readonly waiting = new Map<number, Waiting>();
  private readonly outbox = new TurnBatch<ToWorker>((messages) => this.send(messages));
  private readonly deadlines = setInterval(() => this.rejectOverdue(), DEADLINE_CHECK_MS).unref();
  private nextId = 1;
  private gone = false;
  private stopping: Promise<void> | undefined;
  private boundPort = 0;

  private constructor(private readonly clock: AwakeClock) {
    super();
    this.child = fork(ENTRY, [], {
      serialization: 'advanced',
      env: ALLOCATOR_ENV,
      execArgv: ['--enable-source-maps'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.child.on('message', (messages: readonly FromWorker[]) => {
      for (const message of messages) this.receive(message);
    });
    this.child.on('error', () => undefined);
    this.child.on('exit', (code, signal) => {
      this.lose(signal ?? `exit code ${String(code)}`);
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      for (const line of text.split('\n')) if (line !== '') this.emit('stderr', line);
    });
  }

  /** @throws WorkerRefusal when it cannot start, such as a UDP port that is taken */
  static async start(settings: WorkerSettings, clock: AwakeClock): Promise<MediaWorker> {
    const worker = new MediaWorker(clock);
    try {
      worker.boundPort = (await worker.request('start', settings, START_TIMEOUT_MS)).udpPort;
      return worker;
    } catch (error) {
      worker.kill();
      throw error;
    }
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** The UDP port that it holds. */
  get udpPort(): number {
    return this.boundPort;
  }

  /** @throws WorkerRefusal, or MediaUnavailableError when it is gone or does not answer in time */
  request<Name extends keyof WorkerRequests>(
    name: Name,
    body: WorkerRequests[Name]['request'],
    timeoutMs = REQUEST_TIMEOUT_MS,
  ): Promise<WorkerRequests[Name]['reply']> {
    if (this.gone) return Promise.reject(new MediaUnavailableError());
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      const deadlineMs = this.clock.now() + timeoutMs;
      this.waiting.set(id, { resolve: resolve as (body: unknown) => void, reject, deadlineMs });
      this.outbox.add({ id, name, body });
    });
  }

  /** Ends the process at once; `exit` follows. */
  kill(): void {
    this.child.kill('SIGKILL');
  }

  /** Asks the worker to close its peers and end; resolves when the process is gone. */
  close(): Promise<void> {
    this.stopping ??= this.stop();
    return this.stopping;
  }

  private async stop(): Promise<void> {
    if (this.gone) return;
    const exited = new Promise<void>((resolve) => this.once('exit', () => resolve()));
    const deadline = setTimeout(() => this.kill(), STOP_TIMEOUT_MS);
    // A worker that cannot answer any more is ended by the deadline.
    await this.request('stop', null).catch(() => undefined);
    // It lives as long as the channel.
    if (this.child.connected) this.child.disconnect();
    await exited;
    clearTimeout(deadline);
  }

  private send(messages: ToWorker[]): void {
    this.child.send(messages, (error) => {
      if (error === null) return;
      for (const { id } of messages) this.settle(id)?.reject(new MediaUnavailableError());
    });
  }

  private receive(message: FromWorker): void {
    switch (message.kind) {
      case 'event':
        this.emit('event', message.event);
        break;
      case 'reply':
        this.settle(message.id)?.resolve(message.body);
        break;
      case 'failure':
        this.settle(message.id)?.reject(new WorkerRefusal(message.message));
        break;
      default:
        message satisfies never;
    }
  }

  private settle(id: number): Waiting | undefined {
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    return waiting;
  }

  private rejectOverdue(): void {
    const nowMs = this.clock.now();
    for (const [id, { deadlineMs }] of this.waiting) {
      if (nowMs > deadlineMs) this.settle(id)?.reject(new MediaUnavailableError());
    }
  }

  private lose(how: string): void {
    if (this.gone) return;
    this.gone = true;
    clearInterval(this.deadlines);
    for (const id of [...this.waiting.keys()]) this.settle(id)?.reject(new MediaUnavailableError());
    this.emit('exit', how);
  }
}
