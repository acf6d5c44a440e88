import { EventEmitter } from 'node:events';
import { MediaUnavailableError } from '../errors/app-error.js';
import { MediaWorker, type MediaWorkerEvents } from './media-worker.js';
import type { WorkerEvent, WorkerReport, WorkerRequests, WorkerSettings } from './media-protocol.js';
import type { WorkerSnapshot } from './relay.types.js';
import { SlotPort } from './slot-port.js';

/** Reports come every second: a worker that is this late at two checks in a row is stuck in native code. */
const OVERDUE_AFTER_MS = 6_000;
const OVERDUE_CHECK_MS = 2_000;
const FIRST_RESTART_MS = 0;
const MAX_RESTART_MS = 5_000;
/** Native memory of peers that are gone is free by then. */
const IDLE_BEFORE_RENEWAL_MS = 15_000;
const GROWTH_WORTH_RENEWAL = 1.1;

/** What a slot needs of a `MediaWorker`. */
export type WorkerProcess = EventEmitter<MediaWorkerEvents> &
  Pick<MediaWorker, 'pid' | 'udpPorts' | 'request' | 'kill' | 'close'>;
export type StartWorker = (settings: WorkerSettings) => Promise<WorkerProcess>;

interface WorkerSlotEvents {
  event: [event: WorkerEvent];
  lost: [how: string];
  stderr: [line: string];
  restarted: [];
  restartFailed: [reason: string];
}

/** One place among the media workers: a process, and another when that one dies. */
export class WorkerSlot extends EventEmitter<WorkerSlotEvents> {
  /** Those of the present process. */
  ports: readonly SlotPort[] = [];
  /** Peers opened on the present process and not yet closed, with the port they are behind. */
  private readonly peers = new Map<string, SlotPort>();

  private worker: WorkerProcess | undefined;
  private report: WorkerReport | undefined;
  private cpuPercent: number | undefined;
  private lastReportMs = 0;
  private restarts = 0;
  private restartDelayMs = FIRST_RESTART_MS;
  private restartTimer: NodeJS.Timeout | undefined;
  private stuckTimer: NodeJS.Timeout | undefined;
  private freshRssBytes: number | undefined;
  private lastPeerAtMs = 0;
  private renewing: Promise<void> | undefined;
  private closed = false;

  constructor(
    private readonly settings: WorkerSettings,
    private readonly startWorker: StartWorker = (worker) => MediaWorker.start(worker),
  ) {
    super();
  }

  get index(): number {
    return this.settings.workerIndex;
  }

  get ready(): boolean {
    return this.worker !== undefined;
  }

  get load(): number {
    return this.peers.size;
  }

  async start(): Promise<void> {
    const worker = await this.startWorker(this.settings);
    if (this.closed) {
      await worker.close();
      return;
    }
    worker.on('event', (event) => {
      if (this.worker === worker) this.receive(event);
    });
    worker.on('stderr', (line) => this.emit('stderr', line));
    worker.on('exit', (how) => {
      if (this.worker === worker) this.lose(how);
    });
    this.worker = worker;
    this.ports = worker.udpPorts.map((udpPort) => new SlotPort(udpPort));
    this.lastReportMs = performance.now();
    // Once may be this process's own fault: when it stood still, its timers run before it reads the reports that wait.
    let wasOverdue = false;
    this.stuckTimer = setInterval(() => {
      const isOverdue = performance.now() - this.lastReportMs > OVERDUE_AFTER_MS;
      if (isOverdue && wasOverdue) worker.kill();
      wasOverdue = isOverdue;
    }, OVERDUE_CHECK_MS);
  }

  /**
   * Whether this process has had peers, has none now, and keeps memory that they used: the allocator gives most of it back
   * only with the process.
   */
  get wantsRenewal(): boolean {
    if (this.worker === undefined || this.report === undefined || this.load > 0) return false;
    if (performance.now() - this.lastPeerAtMs < IDLE_BEFORE_RENEWAL_MS) return false;
    return this.report.rssBytes > (this.freshRssBytes ?? Infinity) * GROWTH_WORTH_RENEWAL;
  }

  /** Puts a fresh process in the place of an idle one. Takes no peers meanwhile. */
  renew(): Promise<void> {
    this.renewing ??= this.replaceIdle().finally(() => {
      this.renewing = undefined;
    });
    return this.renewing;
  }

  /** @throws Error the worker's refusal; MediaUnavailableError while there is no process or no answer */
  async request<Name extends keyof WorkerRequests>(
    name: Name,
    body: WorkerRequests[Name]['request'],
  ): Promise<WorkerRequests[Name]['reply']> {
    if (this.worker === undefined) throw new MediaUnavailableError();
    return this.worker.request(name, body);
  }

  addPeer(peerId: string, port: SlotPort): void {
    this.peers.set(peerId, port);
    port.add(peerId);
  }

  removePeer(peerId: string): void {
    this.peers.get(peerId)?.remove(peerId);
    this.lastPeerAtMs = performance.now();
    this.peers.delete(peerId);
  }

  snapshot(): WorkerSnapshot {
    return {
      index: this.index,
      pid: this.worker?.pid,
      udpPorts: this.ports.map(({ udpPort }) => udpPort),
      restarts: this.restarts,
      ready: this.ready,
      renewing: this.renewing !== undefined,
      peers: this.peers.size,
      report: this.report,
      reportAgeMs: this.worker === undefined ? undefined : performance.now() - this.lastReportMs,
      cpuPercent: this.cpuPercent,
    };
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    clearTimeout(this.restartTimer);
    clearInterval(this.stuckTimer);
    await this.worker?.close();
    await this.renewing;
  }

  private async replaceIdle(): Promise<void> {
    const idle = this.worker;
    this.forgetWorker();
    await idle?.close();
    if (this.closed) return;
    // When it cannot start just now, it is tried again like one that died.
    await this.start().catch(() => this.restart());
  }

  private receive(event: WorkerEvent): void {
    if (event.type === 'report') {
      this.cpuPercent = cpuPercent(this.report, event.report);
      this.report = event.report;
      this.freshRssBytes ??= event.report.rssBytes;
      this.lastReportMs = performance.now();
      this.restartDelayMs = FIRST_RESTART_MS;
    }
    if (event.type === 'peerConnected' && event.remote !== undefined) {
      this.peers.get(event.peerId)?.connected(event.peerId, event.remote);
    }
    this.emit('event', event);
  }

  private lose(how: string): void {
    this.forgetWorker();
    if (this.closed) return;
    this.emit('lost', how);
    this.peers.clear();
    this.restart();
  }

  private forgetWorker(): void {
    clearInterval(this.stuckTimer);
    this.worker = undefined;
    this.ports = [];
    this.report = undefined;
    this.cpuPercent = undefined;
    this.freshRssBytes = undefined;
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
