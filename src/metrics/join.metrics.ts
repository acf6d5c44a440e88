import { Injectable, type OnModuleDestroy, type OnModuleInit, type Provider } from '@nestjs/common';
import { InjectMetric, makeCounterProvider, makeHistogramProvider } from '@willsoto/nestjs-prometheus';
import type { Counter, Histogram } from 'prom-client';
import { CLOSE_REASONS, type PeerRole } from '../relay/media-protocol.js';
import { RelayRegistry } from '../relay/relay-registry.js';
import { JOIN_RESULTS, type RelayEvents } from '../relay/relay.types.js';

/** Around the promise that 95 % of joins take less than 2 s, so that a quantile near it is not interpolated far. */
const JOIN_BUCKETS_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 1.5, 2, 2.5, 5, 10];

const ROLES: readonly PeerRole[] = ['broadcaster', 'listener'];

/** Counts what the relay announces: joins, ends of peers, restarts of workers. */
@Injectable()
class JoinMetrics implements OnModuleInit, OnModuleDestroy {
  constructor(
    private readonly relay: RelayRegistry,
    @InjectMetric('azaan_joins_total') private readonly joins: Counter<'result'>,
    @InjectMetric('azaan_join_duration_seconds') private readonly joinSeconds: Histogram<'stage'>,
    @InjectMetric('azaan_peer_disconnects_total') private readonly disconnects: Counter<'role' | 'reason'>,
    @InjectMetric('azaan_media_worker_restarts_total') private readonly workerRestarts: Counter,
  ) {}

  onModuleInit(): void {
    this.startAtZero();
    const { events } = this.relay;
    events.on('join', this.onJoin);
    events.on('firstPacket', this.onFirstPacket);
    events.on('peerClosed', this.onPeerClosed);
    events.on('workerRestarted', this.onWorkerRestarted);
  }

  onModuleDestroy(): void {
    const { events } = this.relay;
    events.off('join', this.onJoin);
    events.off('firstPacket', this.onFirstPacket);
    events.off('peerClosed', this.onPeerClosed);
    events.off('workerRestarted', this.onWorkerRestarted);
  }

  private readonly onJoin = (...[result, seconds]: RelayEvents['join']): void => {
    this.joins.inc({ result });
    if (result === 'ok') this.joinSeconds.observe({ stage: 'answer' }, seconds);
  };
  private readonly onFirstPacket = (...[seconds]: RelayEvents['firstPacket']): void =>
    this.joinSeconds.observe({ stage: 'first_packet' }, seconds);
  private readonly onPeerClosed = (...[role, reason]: RelayEvents['peerClosed']): void =>
    this.disconnects.inc({ role, reason });
  private readonly onWorkerRestarted = (): void => this.workerRestarts.inc();

  /** A rate over a series that appears with its first event misses that event. */
  private startAtZero(): void {
    for (const result of JOIN_RESULTS) this.joins.inc({ result }, 0);
    for (const stage of ['answer', 'first_packet']) this.joinSeconds.zero({ stage });
    for (const role of ROLES) {
      for (const reason of CLOSE_REASONS) this.disconnects.inc({ role, reason }, 0);
    }
  }
}

export const joinMetrics: readonly Provider[] = [
  JoinMetrics,
  makeCounterProvider({
    name: 'azaan_joins_total',
    help: 'Listeners that asked to join, by result',
    labelNames: ['result'],
  }),
  makeHistogramProvider({
    name: 'azaan_join_duration_seconds',
    help: 'From the offer to the answer, and, of listeners that came to a live broadcast, to the first packet sent',
    labelNames: ['stage'],
    buckets: JOIN_BUCKETS_SECONDS,
  }),
  makeCounterProvider({
    name: 'azaan_peer_disconnects_total',
    help: 'Peers that ended, by role and reason',
    labelNames: ['role', 'reason'],
  }),
  makeCounterProvider({
    name: 'azaan_media_worker_restarts_total',
    help: 'Media workers that died and were replaced',
  }),
];
