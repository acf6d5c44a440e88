import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventEmitter } from 'node:events';
import { Logger } from '@nestjs/common';
import type { MediaConfig, OpusConfig } from '../config/app-config.js';
import { MediaUnavailableError } from '../errors/app-error.js';
import { createDtlsIdentity } from './dtls-identity.js';
import type { WorkerEvent, WorkerSettings } from './media-protocol.js';
import type { WorkerSnapshot } from './relay.types.js';
import type { OfferedCandidate } from './sdp/reduced-offer.js';
import { WorkerSlot } from './worker-slot.js';

interface WorkerPoolEvents {
  event: [event: WorkerEvent];
  /** The process of a slot died; every peer on it is gone. A new one is on its way. */
  lost: [slot: WorkerSlot];
  restarted: [slot: WorkerSlot];
}

/** The media workers: started together, replaced when they die, chosen by load. */
export class WorkerPool extends EventEmitter<WorkerPoolEvents> {
  private readonly logger = new Logger(WorkerPool.name);
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
    const identity = await createDtlsIdentity();
    // Private to this user: whoever can write to these sockets can speak to every listener.
    this.busDirectory = await mkdtemp(join(tmpdir(), 'azaan-relay-'));
    const directory = this.busDirectory;
    const busPaths = Array.from({ length: this.media.workers }, (_, index) => join(directory, `${String(index)}.sock`));
    this.slots = busPaths.map((_, workerIndex) => {
      const settings: WorkerSettings = {
        ...identity,
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
   * The worker for a new peer: one whose sockets hold none of the offer's ports, among those the least loaded.
   *
   * @throws MediaUnavailableError while no worker is ready
   */
  pick(candidates: readonly OfferedCandidate[]): WorkerSlot {
    const best = this.slots
      .filter((slot) => slot.ready)
      .map((slot) => ({ slot, conflict: slot.heldPorts.conflict(candidates) }))
      .sort((a, b) => a.conflict - b.conflict || a.slot.peers.size - b.slot.peers.size)[0];
    if (best === undefined) throw new MediaUnavailableError();
    return best.slot;
  }

  snapshot(): WorkerSnapshot[] {
    return this.slots.map((slot) => slot.snapshot());
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await Promise.all(this.slots.map((slot) => slot.close()));
    if (this.busDirectory !== undefined) await rm(this.busDirectory, { recursive: true, force: true });
  }

  private openSlot(settings: WorkerSettings): WorkerSlot {
    const slot = new WorkerSlot(settings);
    slot.on('event', (event) => {
      this.emit('event', event);
    });
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
