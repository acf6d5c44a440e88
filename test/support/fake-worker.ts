import { EventEmitter } from 'node:events';
import type { WorkerReport, WorkerSettings } from '../../src/relay/media-protocol.js';
import type { MediaWorkerEvents } from '../../src/relay/media-worker.js';
import type { WorkerProcess } from '../../src/relay/worker-slot.js';
import { workerSnapshot } from './snapshots.js';

/** Of a worker that opens no port to the network. */
export const WORKER_SETTINGS: WorkerSettings = {
  workerIndex: 0,
  udpPort: 0,
  bindAddress: '127.0.0.1',
  publicIps: [],
  opus: { ptimeMs: 60, maxBitrate: 24_000 },
  peerConnectTimeoutMs: 1,
  peerSilenceTimeoutMs: 1,
  busPaths: [],
};

const ANSWERS = new Map<string, object>([
  ['openPeer', { answer: 'v=0 answer' }],
  ['reofferPeer', { answer: 'v=0 newer answer' }],
]);

/** A media worker process that does what the test says. */
export class FakeWorker extends EventEmitter<MediaWorkerEvents> implements WorkerProcess {
  readonly udpPort = 50_000;
  killed = false;
  /** Peers are opened, go on and close as they should. */
  request: WorkerProcess['request'] = (name) => Promise.resolve((ANSWERS.get(name) ?? null) as never);

  constructor(readonly pid: number) {
    super();
  }

  kill(): void {
    this.killed = true;
  }

  close(): Promise<void> {
    this.emit('exit', 'exit code 0');
    return Promise.resolve();
  }

  reports(changes: Partial<WorkerReport> = {}): void {
    const { report } = workerSnapshot(0, { report: changes });
    if (report !== undefined) this.emit('event', { type: 'report', report });
  }
}
