import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventEmitter } from 'node:events';
import { Logger } from '@nestjs/common';
import type { MediaConfig, OpusConfig } from '../config/app-config.js';
import { MediaUnavailableError } from '../errors/app-error.js';
import { AwakeClock } from '../process/awake-clock.js';
import type { WorkerEvent, WorkerSettings } from './media-protocol.js';
import type { WorkerSnapshot } from './relay.types.js';
import { WorkerSlot } from './worker-slot.js';

interface WorkerPoolEvents {
  event: [event: WorkerEvent, slot: WorkerSlot];
  /** The process of a slot died; every peer on it is gone. A new one is on its way. */
  lost: [slot: WorkerSlot];
  restarted: [slot: WorkerSlot];
}

/** The media workers: started together, replaced when they die, chosen by load. */
export class WorkerPool extends EventEmitter<WorkerPoolEvents> {
  private readonly logger = new Logger(WorkerPool.name);
  private readonly clock = new AwakeClock();
  private slots: readonly WorkerSlot[] = [];
  private busDirectory: string | undefined;
  private closed = false;

  constructor(
    private readonly media: MediaConfig,
    private readonly opus: OpusConfig,
  ) {
    super();
  }

  /** @throws Error when a worker cannot start; none is left running */
  async start(): Promise<void> {
    // Private to this user: whoever can write to these sockets can speak to every listener.
    this.busDirectory = await mkdtemp(join(tmpdir(), 'azaan-relay-'));
    const directory = this.busDirectory;
    const busPaths = Array.from({ length: this.media.workers }, (_, index) => join(directory, `${String(index)}.sock`));
    this.slots = busPaths.map((_, workerIndex) => {
      const settings: WorkerSettings = {
        workerIndex,
        busPaths,
        udpPort: this.media.udpPortBase === 0 ? 0 : this.media.udpPortBase + workerIndex,
        bindAddress: this.media.bindAddress,
        publicIps: this.media.publicIps,
        opus: this.opus,
        peerConnectTimeoutMs: this.media.peerConnectTimeoutMs,
        peerSilenceTimeoutMs: this.media.peerSilenceTimeoutMs,
      };
      return this.openSlot(settings);
    });
    try {
      await Promise.all(this.slots.map((slot) => slot.start()));
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /**
   * The least loaded worker.
   *
   * @throws MediaUnavailableError while none is ready
   */
  pick(): WorkerSlot {
    const [least] = this.slots.filter((slot) => slot.ready).sort((a, b) => a.load - b.load);
    if (least === undefined) throw new MediaUnavailableError();
    return least;
  }

  snapshot(): WorkerSnapshot[] {
    return this.slots.map((slot) => slot.snapshot());
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await Promise.all(this.slots.map((slot) => slot.close()));
    this.clock.close();
    if (this.busDirectory !== undefined) await rm(this.busDirectory, { recursive: true, force: true });
  }

  private openSlot(settings: WorkerSettings): WorkerSlot {
    const slot = new WorkerSlot(settings, this.clock);
    slot.on('event', (event) => this.emit('event', event, slot));
    slot.on('lost', (how) => {
      this.logger.error({ worker: slot.index, how }, 'media worker died; replacing it');
      this.emit('lost', slot);
    });
    slot.on('stderr', (line) => {
      this.logger.warn({ worker: slot.index, line }, 'media worker wrote to its standard error');
    });
    slot.on('restarted', () => {
      this.logger.log({ worker: slot.index }, 'media worker replaced');
      this.emit('restarted', slot);
    });
    slot.on('restartFailed', (reason) => {
      this.logger.error({ worker: slot.index, reason }, 'media worker could not be replaced yet');
    });
    return slot;
  }
}
