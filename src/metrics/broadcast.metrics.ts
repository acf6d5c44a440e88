import type { Provider } from '@nestjs/common';
import type { BroadcastSnapshot, BroadcastState, RelaySnapshot } from '../relay/relay.types.js';
import { gauge, labelledGauge } from './gauges.js';

/** A label on every masjid must not grow without end, whatever MAX_BROADCASTS says. */
const MAX_LABELLED_MASJIDS = 200;
const PERCENT = 100;

type ActiveState = Exclude<BroadcastState, 'ended'>;
const ACTIVE_STATES: Readonly<Record<ActiveState, true>> = { connecting: true, live: true, interrupted: true };

/** How broadcasts stand at each scrape. */
export const broadcastMetrics: readonly Provider[] = [
  gauge('azaan_broadcasts_active', 'Broadcasts that have not ended', (relay) => activeIn(relay).length),
  labelledGauge('azaan_broadcasts', 'Broadcasts that have not ended, by state', 'state', ({ broadcasts }) =>
    Object.keys(ACTIVE_STATES).map((state) => [state, broadcasts.filter((each) => each.state === state).length]),
  ),
  gauge('azaan_listeners_active', 'Listeners of all broadcasts', ({ totalListeners }) => totalListeners),
  gauge('azaan_draining', 'Whether new broadcasts are refused for maintenance, 0 or 1', ({ draining }) =>
    Number(draining),
  ),
  gaugeOfMasjids(
    'azaan_broadcast_audio_level_dbov',
    'Level of the loudest packet of the last second, 0 (loudest) to -127 (silence), where the broadcaster tells it',
    ({ source }) => source.audioLevelDbov,
  ),
  gaugeOfMasjids(
    'azaan_broadcast_silent_seconds',
    'Seconds without sound since the broadcast began, with packets or without; 0 while it sounds',
    ({ source }) => source.silentForSeconds,
  ),
  gaugeOfMasjids(
    'azaan_broadcast_listeners',
    'Listeners of a broadcast whose connection is made',
    ({ connectedListeners }) => connectedListeners,
  ),
  gaugeOfMasjids(
    'azaan_broadcast_packets_per_second',
    'RTP packets from the broadcaster over the last seconds',
    ({ source }) => source.packetsPerSecond,
  ),
  gaugeOfMasjids(
    'azaan_broadcast_loss_ratio',
    'Share of the RTP packets of the last seconds that were lost between broadcaster and relay, 0 to 1',
    ({ source: { lossPercent } }) => (lossPercent === undefined ? undefined : lossPercent / PERCENT),
  ),
];

function activeIn({ broadcasts }: RelaySnapshot): readonly BroadcastSnapshot[] {
  return broadcasts.filter(({ state }) => state !== 'ended');
}

function gaugeOfMasjids(
  name: string,
  help: string,
  read: (broadcast: BroadcastSnapshot) => number | undefined,
): Provider {
  return labelledGauge(name, help, 'masjid', (relay) =>
    activeIn(relay)
      .slice(0, MAX_LABELLED_MASJIDS)
      .map((broadcast) => [broadcast.broadcastId, read(broadcast)]),
  );
}
