import { EventEmitter } from 'node:events';
import { MediaUnavailableError } from '../errors/app-error.js';
import type { AwakeClock } from '../process/awake-clock.js';
import { MediaWorker, type MediaWorkerEvents } from './media-worker.js';
import type { WorkerEvent, WorkerReport, WorkerRequests, WorkerSettings } from './media-protocol.js';
import type { WorkerSnapshot } from './relay.types.js';
import { StuckWatch } from './stuck-watch.js';
import { cpuMicrosOf } from './worker-cpu.js';

const STUCK_CHECK_MS = 2_000;
const FIRST_RESTART_MS = 0;
const MAX_RESTART_MS = 5_000;

/** What a slot needs of a `MediaWorker`. */
export type WorkerProcess = EventEmitter<MediaWorkerEvents> &
  Pick<MediaWorker, 'pid' | 'udpPort' | 'request' | 'kill' | 'close'>;
export type StartWorker = (settings: WorkerSettings, clock: AwakeClock) => Promise<WorkerProcess>;

interface WorkerSlotEvents {
  event: [event: WorkerEvent];
  lost: [how: string];
  stderr: [line: string];
  restarted: [];
  restartFailed: [reason: string];
}

/** The process of a slot, and what is known of it. */
interface Tenant {
  readonly worker: WorkerProcess;
  readonly watch: StuckWatch;
  readonly timer: NodeJS.Timeout;
  report: WorkerReport | undefined;
  cpuPercent: number | undefined;
}

/** One place among the media workers: a process, and another when that one dies. */
export class WorkerSlot extends EventEmitter<WorkerSlotEvents> {
  /** Peers opened on the present process and not yet closed. */
  private readonly peers = new Set<string>();
  private tenant: Tenant | undefined;
  private restarts = 0;
  private restartDelayMs = FIRST_RESTART_MS;
  private restartTimer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(
    private readonly settings: WorkerSettings,
    private readonly clock: AwakeClock,
    private readonly startWorker: StartWorker = (worker) => MediaWorker.start(worker, clock),
  ) {
    super();
  }

  get index(): number {
    return this.settings.workerIndex;
  }

  get ready(): boolean {
    return this.tenant !== undefined;
  }

  get load(): number {
    return this.peers.size;
  }

  async start(): Promise<void> {
    const worker = await this.startWorker(this.settings, this.clock);
    if (this.closed) {
      await worker.close();
      return;
    }
    const watch = new StuckWatch(this.clock, () => (worker.pid === undefined ? undefined : cpuMicrosOf(worker.pid)));
    const timer = setInterval(() => {
      if (watch.check()) worker.kill();
    }, STUCK_CHECK_MS);
    const tenant: Tenant = { worker, watch, timer, report: undefined, cpuPercent: undefined };
    this.tenant = tenant;
    worker.on('event', (event) => {
      if (this.tenant === tenant) this.receive(event, tenant);
    });
    worker.on('stderr', (line) => this.emit('stderr', line));
    worker.on('exit', (how) => {
      if (this.tenant === tenant) this.lose(how, tenant);
    });
  }

  /** @throws Error the worker's refusal; MediaUnavailableError while there is no process or no answer */
  async request<Name extends keyof WorkerRequests>(
    name: Name,
    body: WorkerRequests[Name]['request'],
  ): Promise<WorkerRequests[Name]['reply']> {
    if (this.tenant === undefined) throw new MediaUnavailableError();
    return this.tenant.worker.request(name, body);
  }

  addPeer(peerId: string): void {
    this.peers.add(peerId);
  }

  removePeer(peerId: string): void {
    this.peers.delete(peerId);
  }

  snapshot(): WorkerSnapshot {
    const { tenant } = this;
    return {
      index: this.index,
      pid: tenant?.worker.pid,
      udpPort: tenant?.worker.udpPort,
      restarts: this.restarts,
      ready: this.ready,
      peers: this.peers.size,
      report: tenant?.report,
      reportAgeMs: tenant?.watch.reportAgeMs,
      cpuPercent: tenant?.cpuPercent,
    };
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    clearTimeout(this.restartTimer);
    clearInterval(this.tenant?.timer);
    await this.tenant?.worker.close();
  }

  private receive(event: WorkerEvent, tenant: Tenant): void {
    if (event.type === 'report') {
      tenant.cpuPercent = cpuPercent(tenant.report, event.report);
      tenant.report = event.report;
      tenant.watch.reported(event.report.cpuMicros);
      this.restartDelayMs = FIRST_RESTART_MS;
    }
    this.emit('event', event);
  }

  private lose(how: string, { timer }: Tenant): void {
    clearInterval(timer);
    this.tenant = undefined;
    if (this.closed) return;
    this.emit('lost', how);
    this.peers.clear();
    this.restart();
  }

  private restart(): void {
    this.restartTimer = setTimeout(() => {
      this.start().then(
        () => {
          this.restarts += 1;
          this.emit('restarted');
        },
        (error: unknown) => {
          this.emit('restartFailed', error instanceof Error ? error.message : String(error));
          if (!this.closed) this.restart();
        },
      );
    }, this.restartDelayMs);
    this.restartDelayMs = Math.min(MAX_RESTART_MS, this.restartDelayMs * 2 + 250);
  }
}

function cpuPercent(before: WorkerReport | undefined, { cpuMicros, atMs }: WorkerReport): number | undefined {
  if (before === undefined) return undefined;
  return (cpuMicros - before.cpuMicros) / ((atMs - before.atMs) * 10);
}
