import { Counter, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';
import type { PeerRole } from '../relay/media-protocol.js';
import { CLOSE_REASONS, JOIN_RESULTS } from '../relay/relay.types.js';
import type { RelayEvents } from '../relay/relay.types.js';
import type { RelayRegistry } from '../relay/relay-registry.js';

/** Around the promise that 95 % of joins take less than 2 s, so that a quantile near it is not interpolated far. */
const JOIN_BUCKETS_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 1.5, 2, 2.5, 5, 10];

const ROLES: readonly PeerRole[] = ['broadcaster', 'listener'];

/** Counted from what the relay announces: joins, ends of peers, restarts of workers. */
export class JoinMetrics {
  private readonly joins: Counter<'result'>;
  private readonly joinSeconds: Histogram<'stage'>;
  private readonly disconnects: Counter<'role' | 'reason'>;
  private readonly workerRestarts: Counter;

  private readonly onJoin = (...[result, seconds]: RelayEvents['join']): void => {
    this.joins.inc({ result });
    if (result === 'ok') this.joinSeconds.observe({ stage: 'answer' }, seconds);
  };
  private readonly onFirstPacket = (...[seconds]: RelayEvents['firstPacket']): void =>
    this.joinSeconds.observe({ stage: 'first_packet' }, seconds);
  private readonly onPeerClosed = (...[role, reason]: RelayEvents['peerClosed']): void =>
    this.disconnects.inc({ role, reason });
  private readonly onWorkerRestarted = (): void => this.workerRestarts.inc();

  constructor(
    registry: Registry,
    private readonly events: RelayRegistry['events'],
  ) {
    const registers = [registry];
    this.joins = new Counter({
      name: 'azaan_joins_total',
      help: 'Listeners that asked to join, by result',
      labelNames: ['result'],
      registers,
    });
    this.joinSeconds = new Histogram({
      name: 'azaan_join_duration_seconds',
      help: 'From the offer to the answer, and, of listeners that came to a live broadcast, to the first packet sent',
      labelNames: ['stage'],
      buckets: JOIN_BUCKETS_SECONDS,
      registers,
    });
    this.disconnects = new Counter({
      name: 'azaan_peer_disconnects_total',
      help: 'Peers that ended, by role and reason',
      labelNames: ['role', 'reason'],
      registers,
    });
    this.workerRestarts = new Counter({
      name: 'azaan_media_worker_restarts_total',
      help: 'Media workers that died and were replaced',
      registers,
    });
    this.startAtZero();
    events.on('join', this.onJoin);
    events.on('firstPacket', this.onFirstPacket);
    events.on('peerClosed', this.onPeerClosed);
    events.on('workerRestarted', this.onWorkerRestarted);
  }

  close(): void {
    this.events.off('join', this.onJoin);
    this.events.off('firstPacket', this.onFirstPacket);
    this.events.off('peerClosed', this.onPeerClosed);
    this.events.off('workerRestarted', this.onWorkerRestarted);
  }

  /** A rate over a series that appears with its first event misses that event. */
  private startAtZero(): void {
    for (const result of JOIN_RESULTS) this.joins.inc({ result }, 0);
    for (const stage of ['answer', 'first_packet']) this.joinSeconds.zero({ stage });
    for (const role of ROLES) {
      for (const reason of CLOSE_REASONS) this.disconnects.inc({ role, reason }, 0);
    }
  }
}
