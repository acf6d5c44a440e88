import { Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import type { BroadcastState, RelaySnapshot } from '../relay/relay.types.js';

/** A label on every masjid must not grow without end, whatever MAX_BROADCASTS says. */
const MAX_LABELLED_MASJIDS = 200;

const PERCENT = 100;

type ActiveState = Exclude<BroadcastState, 'ended'>;
const ACTIVE_STATES: Readonly<Record<ActiveState, true>> = { connecting: true, live: true, interrupted: true };

/** How broadcasts stand at each scrape. */
export class BroadcastMetrics {
  private readonly active: Gauge;
  private readonly byState: Gauge<'state'>;
  private readonly listeners: Gauge;
  private readonly audioLevel: Gauge<'masjid'>;
  private readonly silentSeconds: Gauge<'masjid'>;
  private readonly listenersOf: Gauge<'masjid'>;
  private readonly packetsPerSecond: Gauge<'masjid'>;
  private readonly lossRatio: Gauge<'masjid'>;
  private readonly draining: Gauge;

  constructor(registry: Registry) {
    const registers = [registry];
    this.active = new Gauge({
      name: 'azaan_broadcasts_active',
      help: 'Broadcasts that have not ended',
      registers,
    });
    this.byState = new Gauge({
      name: 'azaan_broadcasts',
      help: 'Broadcasts that have not ended, by state',
      labelNames: ['state'],
      registers,
    });
    this.listeners = new Gauge({
      name: 'azaan_listeners_active',
      help: 'Listeners of all broadcasts',
      registers,
    });
    this.audioLevel = new Gauge({
      name: 'azaan_broadcast_audio_level_dbov',
      help: 'Level of the loudest packet of the last second, 0 (loudest) to -127 (silence), where the broadcaster tells it',
      labelNames: ['masjid'],
      registers,
    });
    this.silentSeconds = new Gauge({
      name: 'azaan_broadcast_silent_seconds',
      help: 'Seconds without sound since the broadcast began, with packets or without; 0 while it sounds',
      labelNames: ['masjid'],
      registers,
    });
    this.listenersOf = new Gauge({
      name: 'azaan_broadcast_listeners',
      help: 'Listeners of a broadcast whose connection is made',
      labelNames: ['masjid'],
      registers,
    });
    this.packetsPerSecond = new Gauge({
      name: 'azaan_broadcast_packets_per_second',
      help: 'RTP packets from the broadcaster over the last seconds',
      labelNames: ['masjid'],
      registers,
    });
    this.lossRatio = new Gauge({
      name: 'azaan_broadcast_loss_ratio',
      help: 'Share of the RTP packets of the last seconds that were lost between broadcaster and relay, 0 to 1',
      labelNames: ['masjid'],
      registers,
    });
    this.draining = new Gauge({
      name: 'azaan_draining',
      help: 'Whether new broadcasts are refused for maintenance, 0 or 1',
      registers,
    });
  }

  read({ broadcasts, totalListeners, draining }: RelaySnapshot): void {
    const active = broadcasts.filter(({ state }) => state !== 'ended');
    this.active.set(active.length);
    for (const state of Object.keys(ACTIVE_STATES)) {
      this.byState.set({ state }, active.filter((broadcast) => broadcast.state === state).length);
    }
    this.listeners.set(totalListeners);
    this.draining.set(draining ? 1 : 0);

    const { audioLevel, silentSeconds, listenersOf, packetsPerSecond, lossRatio } = this;
    for (const gauge of [audioLevel, silentSeconds, listenersOf, packetsPerSecond, lossRatio]) gauge.reset();
    for (const { broadcastId: masjid, connectedListeners, source } of active.slice(0, MAX_LABELLED_MASJIDS)) {
      listenersOf.set({ masjid }, connectedListeners);
      silentSeconds.set({ masjid }, source.silentForSeconds);
      if (source.audioLevelDbov !== undefined) audioLevel.set({ masjid }, source.audioLevelDbov);
      if (source.packetsPerSecond !== undefined) packetsPerSecond.set({ masjid }, source.packetsPerSecond);
      if (source.lossPercent !== undefined) lossRatio.set({ masjid }, source.lossPercent / PERCENT);
    }
  }
}
