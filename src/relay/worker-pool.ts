import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventEmitter } from 'node:events';
import { Logger } from '@nestjs/common';
import type { MediaConfig, OpusConfig } from '../config/app-config.js';
import { MEDIA_PORTS } from '../config/media-ports.js';
import { MediaUnavailableError } from '../errors/app-error.js';
import { createDtlsIdentity } from './dtls-identity.js';
import type { WorkerEvent, WorkerSettings } from './media-protocol.js';
import type { WorkerSnapshot } from './relay.types.js';
import type { OfferedCandidate } from './sdp/reduced-offer.js';
import { choosePlacement, type Placement } from './placement.js';
import { WorkerSlot } from './worker-slot.js';

const RENEWAL_CHECK_MS = 3_000;

interface WorkerPoolEvents {
  event: [event: WorkerEvent, slot: WorkerSlot];
  /** The process of a slot died; every peer on it is gone. A new one is on its way. */
  lost: [slot: WorkerSlot];
  restarted: [slot: WorkerSlot];
}

/** The media workers: started together, replaced when they die, chosen by load. */
export class WorkerPool extends EventEmitter<WorkerPoolEvents> {
  private readonly logger = new Logger(WorkerPool.name);
  private slots: readonly WorkerSlot[] = [];
  private busDirectory: string | undefined;
  private renewalTimer: NodeJS.Timeout | undefined;
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
        ...this.portsOf(workerIndex),
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
      this.renewalTimer = setInterval(() => this.renewOneIdle(), RENEWAL_CHECK_MS);
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** @throws MediaUnavailableError while no worker is ready */
  pick(candidates: readonly OfferedCandidate[]): Placement {
    const place = choosePlacement(this.slots, candidates);
    if (place === undefined) throw new MediaUnavailableError();
    return place;
  }

  snapshot(): WorkerSnapshot[] {
    return this.slots.map((slot) => slot.snapshot());
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    clearInterval(this.renewalTimer);
    await Promise.all(this.slots.map((slot) => slot.close()));
    if (this.busDirectory !== undefined) await rm(this.busDirectory, { recursive: true, force: true });
  }

  /** One at a time, and never the only one that is ready: joins must go on. */
  private renewOneIdle(): void {
    const ready = this.slots.filter((slot) => slot.ready);
    if (ready.length < Math.max(2, this.slots.length)) return;
    const idle = ready.find((slot) => slot.wantsRenewal);
    if (idle === undefined) return;
    this.logger.log({ worker: idle.index }, 'idle media worker renewed, to give its memory back');
    void idle.renew();
  }

  /** All workers share out `MEDIA_PORTS`. The last of a worker that has several is for detours. */
  private portsOf(workerIndex: number): Pick<WorkerSettings, 'udpPorts' | 'detourPort'> {
    const { udpPortBase, workers } = this.media;
    const count = Math.max(1, Math.floor(MEDIA_PORTS / workers));
    const share = Array.from({ length: count }, (_, at) =>
      udpPortBase === 0 ? 0 : udpPortBase + workerIndex * count + at,
    );
    return count === 1
      ? { udpPorts: share, detourPort: undefined }
      : { udpPorts: share.slice(0, -1), detourPort: share.at(-1) };
  }

  private openSlot(settings: WorkerSettings): WorkerSlot {
    const slot = new WorkerSlot(settings);
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
