import { Injectable } from '@nestjs/common';
import type { OnModuleDestroy } from '@nestjs/common';
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { RelayRegistry } from '../relay/relay-registry.js';
import type { PeerCloseReason, PeerRole } from '../relay/media-protocol.js';
import { JOIN_RESULTS } from '../relay/relay.types.js';
import type { RelayEvents } from '../relay/relay.types.js';
import { RisingTotal } from './rising-total.js';

/** Around the promise that 95 % of joins take less than 2 s, so that a quantile near it is not interpolated far. */
const JOIN_BUCKETS_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 1.5, 2, 2.5, 5, 10];

/** A label on every masjid must not grow without end, whatever MAX_BROADCASTS says. */
const MAX_LABELLED_MASJIDS = 200;

const ROLES: readonly PeerRole[] = ['broadcaster', 'listener'];
const CLOSE_REASONS: Readonly<Record<PeerCloseReason, true>> = {
  left: true,
  connect_timeout: true,
  silent: true,
  failed: true,
  closed_by_relay: true,
  worker_lost: true,
  shutdown: true,
};

/** What Prometheus reads about the relay: counted from its events, or read from its snapshot at each scrape. */
@Injectable()
export class RelayMetrics implements OnModuleDestroy {
  private readonly registry = new Registry();
  private readonly registers = [this.registry];

  private readonly broadcasts = new Gauge({
    name: 'azaan_broadcasts_active',
    help: 'Broadcasts that have not ended',
    registers: this.registers,
  });
  private readonly listeners = new Gauge({
    name: 'azaan_listeners_active',
    help: 'Listeners of all broadcasts',
    registers: this.registers,
  });
  private readonly joins = new Counter({
    name: 'azaan_joins_total',
    help: 'Listeners that asked to join, by result',
    labelNames: ['result'],
    registers: this.registers,
  });
  private readonly joinSeconds = new Histogram({
    name: 'azaan_join_duration_seconds',
    help: 'From the offer to the answer, and from the offer to the first packet sent',
    labelNames: ['stage'],
    buckets: JOIN_BUCKETS_SECONDS,
    registers: this.registers,
  });
  private readonly disconnects = new Counter({
    name: 'azaan_peer_disconnects_total',
    help: 'Peers that ended, by role and reason',
    labelNames: ['role', 'reason'],
    registers: this.registers,
  });
  private readonly packets = new Counter({
    name: 'azaan_rtp_packets_total',
    help: 'RTP packets received from broadcasters (in) and sent to listeners (out)',
    labelNames: ['direction'],
    registers: this.registers,
  });
  private readonly audioLevel = new Gauge({
    name: 'azaan_broadcast_audio_level_dbov',
    help: 'Level of the newest packet, 0 (loudest) to -127 (silence), where the broadcaster tells it',
    labelNames: ['masjid'],
    registers: this.registers,
  });
  private readonly workersReady = new Gauge({
    name: 'azaan_media_workers_ready',
    help: 'Media workers that can take peers',
    registers: this.registers,
  });
  private readonly workerRestarts = new Counter({
    name: 'azaan_media_worker_restarts_total',
    help: 'Media workers that died and were replaced',
    registers: this.registers,
  });
  private readonly packetsIn = new RisingTotal();
  private readonly packetsOut = new RisingTotal();

  private readonly onJoin = (...[result, seconds]: RelayEvents['join']): void => {
    this.joins.inc({ result });
    if (result === 'ok') this.joinSeconds.observe({ stage: 'answer' }, seconds);
  };
  private readonly onFirstPacket = (...[seconds]: RelayEvents['firstPacket']): void =>
    this.joinSeconds.observe({ stage: 'first_packet' }, seconds);
  private readonly onPeerClosed = (...[role, reason]: RelayEvents['peerClosed']): void =>
    this.disconnects.inc({ role, reason });
  private readonly onWorkerRestarted = (): void => this.workerRestarts.inc();

  constructor(private readonly relay: RelayRegistry) {
    collectDefaultMetrics({ register: this.registry });
    this.startAtZero();
    relay.events.on('join', this.onJoin);
    relay.events.on('firstPacket', this.onFirstPacket);
    relay.events.on('peerClosed', this.onPeerClosed);
    relay.events.on('workerRestarted', this.onWorkerRestarted);
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  /** Everything in the Prometheus text format. */
  scrape(): Promise<string> {
    this.readSnapshot();
    return this.registry.metrics();
  }

  onModuleDestroy(): void {
    this.relay.events.off('join', this.onJoin);
    this.relay.events.off('firstPacket', this.onFirstPacket);
    this.relay.events.off('peerClosed', this.onPeerClosed);
    this.relay.events.off('workerRestarted', this.onWorkerRestarted);
    this.registry.clear();
  }

  /** A rate over a series that appears with its first event misses that event. */
  private startAtZero(): void {
    for (const result of JOIN_RESULTS) this.joins.inc({ result }, 0);
    for (const stage of ['answer', 'first_packet']) this.joinSeconds.zero({ stage });
    for (const direction of ['in', 'out']) this.packets.inc({ direction }, 0);
    for (const role of ROLES) {
      for (const reason of Object.keys(CLOSE_REASONS)) this.disconnects.inc({ role, reason }, 0);
    }
  }

  private readSnapshot(): void {
    const { broadcasts, workers, totalListeners } = this.relay.snapshot();
    const active = broadcasts.filter(({ state }) => state !== 'ended');
    this.broadcasts.set(active.length);
    this.listeners.set(totalListeners);
    this.workersReady.set(workers.filter(({ ready }) => ready).length);

    for (const { index, restarts, report } of workers) {
      this.packets.inc({ direction: 'in' }, this.packetsIn.advance(index, restarts, report?.rtpIn ?? 0));
      this.packets.inc({ direction: 'out' }, this.packetsOut.advance(index, restarts, report?.rtpOut ?? 0));
    }

    this.audioLevel.reset();
    for (const { broadcastId, source } of active.slice(0, MAX_LABELLED_MASJIDS)) {
      if (source?.audioLevelDbov !== undefined) this.audioLevel.set({ masjid: broadcastId }, source.audioLevelDbov);
    }
  }
}
