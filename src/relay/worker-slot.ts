import { EventEmitter } from 'node:events';
import { MediaUnavailableError } from '../errors/app-error.js';
import { HeldPorts } from './held-ports.js';
import { MediaWorker } from './media-worker.js';
import type { RemoteAddress, WorkerEvent, WorkerReport, WorkerRequests, WorkerSettings } from './media-protocol.js';
import type { WorkerSnapshot } from './relay.types.js';

/** Reports come every second: a worker that misses this many is stuck in native code. */
const STUCK_AFTER_MS = 8_000;
const STUCK_CHECK_MS = 2_000;
const FIRST_RESTART_MS = 0;
const MAX_RESTART_MS = 5_000;

interface WorkerSlotEvents {
  event: [event: WorkerEvent];
  lost: [how: string];
  stderr: [line: string];
  restarted: [];
  restartFailed: [reason: string];
}

/** One place among the media workers: a process, and another when that one dies. */
export class WorkerSlot extends EventEmitter<WorkerSlotEvents> {
  /** Peers opened on the present process and not yet closed, with their address once known. */
  readonly peers = new Map<string, RemoteAddress | undefined>();
  private held = new HeldPorts();

  private worker: MediaWorker | undefined;
  private report: WorkerReport | undefined;
  private cpuPercent: number | undefined;
  private lastReportMs = 0;
  private restarts = 0;
  private restartDelayMs = FIRST_RESTART_MS;
  private restartTimer: NodeJS.Timeout | undefined;
  private stuckTimer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(private readonly settings: WorkerSettings) {
    super();
  }

  get index(): number {
    return this.settings.workerIndex;
  }

  get ready(): boolean {
    return this.worker !== undefined;
  }

  get heldPorts(): Pick<HeldPorts, 'conflict'> {
    return this.held;
  }

  async start(): Promise<void> {
    const worker = await MediaWorker.start(this.settings);
    if (this.closed) {
      await worker.close();
      return;
    }
    worker.on('event', (event) => {
      this.receive(event);
    });
    worker.on('stderr', (line) => this.emit('stderr', line));
    worker.on('exit', (how) => {
      this.lose(how);
    });
    this.worker = worker;
    this.lastReportMs = performance.now();
    this.stuckTimer = setInterval(() => {
      if (performance.now() - this.lastReportMs > STUCK_AFTER_MS) worker.kill();
    }, STUCK_CHECK_MS);
  }

  /** @throws Error the worker's refusal; MediaUnavailableError while there is no process or no answer */
  async request<Name extends keyof WorkerRequests>(
    name: Name,
    body: WorkerRequests[Name]['request'],
  ): Promise<WorkerRequests[Name]['reply']> {
    if (this.worker === undefined) throw new MediaUnavailableError();
    return this.worker.request(name, body);
  }

  addPeer(peerId: string): void {
    this.peers.set(peerId, undefined);
  }

  removePeer(peerId: string): void {
    const remote = this.peers.get(peerId);
    if (remote !== undefined) this.held.release(peerId, remote);
    this.peers.delete(peerId);
  }

  snapshot(): WorkerSnapshot {
    return {
      index: this.index,
      pid: this.worker?.pid,
      udpPort: this.worker?.udpPort,
      restarts: this.restarts,
      ready: this.ready,
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
  }

  private receive(event: WorkerEvent): void {
    if (event.type === 'report') {
      this.cpuPercent = cpuPercent(this.report, event.report);
      this.report = event.report;
      this.lastReportMs = performance.now();
      this.restartDelayMs = FIRST_RESTART_MS;
    }
    if (event.type === 'peerConnected' && event.remote !== undefined && this.peers.has(event.peerId)) {
      this.peers.set(event.peerId, event.remote);
      this.held.hold(event.peerId, event.remote);
    }
    this.emit('event', event);
  }

  private lose(how: string): void {
    this.worker = undefined;
    this.report = undefined;
    this.cpuPercent = undefined;
    clearInterval(this.stuckTimer);
    if (this.closed) return;
    this.emit('lost', how);
    this.peers.clear();
    this.held = new HeldPorts();
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
