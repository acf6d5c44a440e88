import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeRelay } from '../../test/support/fake-relay.js';
import type { RelayRegistry } from '../relay/relay-registry.js';
import type { BroadcastSnapshot, WorkerSnapshot } from '../relay/relay.types.js';
import { RelayMetrics } from './relay-metrics.js';

function broadcast(id: string, audioLevelDbov: number | undefined, state: BroadcastSnapshot['state'] = 'live') {
  return {
    broadcastId: id,
    connectionID: id,
    state,
    startedAt: new Date(0),
    listeners: 1,
    broadcasterState: 'connected',
    source: { peerId: 'p', packets: 1, payloadBytes: 1, lost: 0, audioLevelDbov, idleMs: 0 },
  } satisfies BroadcastSnapshot;
}

function worker(restarts: number, rtpIn: number, rtpOut: number): WorkerSnapshot {
  const rtpDropped = { malformed: 0, oversized: 0, wrong_payload_type: 0, too_fast: 0, stale: 0, bus_overflow: 0 };
  const load = { listeners: 0, cpuMicros: 0, rssBytes: 0, eventLoopLagMs: 0, rtpSendFailures: 0, broadcasters: [] };
  const report = { ...load, rtpIn, rtpOut, rtpDropped };
  return { index: 0, pid: 1, udpPort: 1, restarts, ready: true, peers: 0, report };
}

describe('RelayMetrics', () => {
  let relay: FakeRelay;
  let metrics: RelayMetrics;

  beforeEach(() => {
    relay = new FakeRelay();
    metrics = new RelayMetrics(relay as unknown as RelayRegistry);
  });
  afterEach(() => {
    metrics.onModuleDestroy();
  });

  const linesOf = async (name: string) =>
    (await metrics.scrape()).split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));

  it('begins every result of a join at 0', async () => {
    expect(await linesOf('azaan_joins_total')).toEqual([
      'azaan_joins_total{result="ok"} 0',
      'azaan_joins_total{result="no_broadcast"} 0',
      'azaan_joins_total{result="bad_offer"} 0',
      'azaan_joins_total{result="capacity"} 0',
      'azaan_joins_total{result="unavailable"} 0',
    ]);
  });

  it('begins every way to end, both directions and restarts at 0', async () => {
    expect(await linesOf('azaan_peer_disconnects_total')).toHaveLength(14);
    expect(await linesOf('azaan_rtp_packets_total')).toEqual([
      'azaan_rtp_packets_total{direction="in"} 0',
      'azaan_rtp_packets_total{direction="out"} 0',
    ]);
    expect(await linesOf('azaan_media_worker_restarts_total')).toEqual(['azaan_media_worker_restarts_total 0']);
  });

  it('counts what the relay announces', async () => {
    relay.events.emit('join', 'capacity', 0.001);
    relay.events.emit('peerClosed', 'listener', 'silent');
    relay.events.emit('workerRestarted', 0);
    expect(await linesOf('azaan_joins_total')).toContain('azaan_joins_total{result="capacity"} 1');
    expect(await linesOf('azaan_peer_disconnects_total')).toContain(
      'azaan_peer_disconnects_total{role="listener",reason="silent"} 1',
    );
    expect(await linesOf('azaan_media_worker_restarts_total')).toEqual(['azaan_media_worker_restarts_total 1']);
  });

  it('tells joins just under two seconds from joins just over', async () => {
    relay.events.emit('join', 'ok', 1.9);
    relay.events.emit('firstPacket', 2.1);
    const buckets = await linesOf('azaan_join_duration_seconds_bucket');
    expect(buckets).toContain('azaan_join_duration_seconds_bucket{le="2",stage="answer"} 1');
    expect(buckets).toContain('azaan_join_duration_seconds_bucket{le="2",stage="first_packet"} 0');
    expect(buckets).toContain('azaan_join_duration_seconds_bucket{le="2.5",stage="first_packet"} 1');
  });

  it('times only the joins that were answered', async () => {
    relay.events.emit('join', 'no_broadcast', 0.001);
    expect(await linesOf('azaan_join_duration_seconds_count')).toContain(
      'azaan_join_duration_seconds_count{stage="answer"} 0',
    );
  });

  it('shows active broadcasts and listeners as they are at the scrape', async () => {
    const broadcasts = [broadcast('a', -20), broadcast('b', undefined, 'interrupted'), broadcast('c', -30, 'ended')];
    relay.snapshot = () => ({ broadcasts, workers: [], totalListeners: 7, stopping: false });
    expect(await linesOf('azaan_broadcasts_active')).toEqual(['azaan_broadcasts_active 2']);
    expect(await linesOf('azaan_listeners_active')).toEqual(['azaan_listeners_active 7']);
    expect(await linesOf('azaan_broadcast_audio_level_dbov')).toEqual([
      'azaan_broadcast_audio_level_dbov{masjid="a"} -20',
    ]);
  });

  it('counts only the workers that can take peers', async () => {
    const workers = [worker(0, 0, 0), { ...worker(0, 0, 0), ready: false }];
    relay.snapshot = () => ({ broadcasts: [], workers, totalListeners: 0, stopping: false });
    expect(await linesOf('azaan_media_workers_ready')).toEqual(['azaan_media_workers_ready 1']);
  });

  it('forgets the level of a broadcast that ended', async () => {
    relay.snapshot = () => ({ broadcasts: [broadcast('a', -20)], workers: [], totalListeners: 0, stopping: false });
    await metrics.scrape();
    relay.snapshot = () => ({ broadcasts: [], workers: [], totalListeners: 0, stopping: false });
    expect(await linesOf('azaan_broadcast_audio_level_dbov')).toEqual([]);
  });

  it('labels no more masjids than a server of this size can have', async () => {
    const broadcasts = Array.from({ length: 300 }, (_, index) => broadcast(`m${index}`, -20));
    relay.snapshot = () => ({ broadcasts, workers: [], totalListeners: 0, stopping: false });
    expect(await linesOf('azaan_broadcast_audio_level_dbov')).toHaveLength(200);
  });

  it('counts packets on through the restart of a worker', async () => {
    for (const report of [worker(0, 10, 100), worker(0, 20, 200), worker(1, 5, 50)]) {
      relay.snapshot = () => ({ broadcasts: [], workers: [report], totalListeners: 0, stopping: false });
      await metrics.scrape();
    }
    expect(await linesOf('azaan_rtp_packets_total')).toEqual([
      'azaan_rtp_packets_total{direction="in"} 25',
      'azaan_rtp_packets_total{direction="out"} 250',
    ]);
  });

  it('listens no more once it is destroyed', () => {
    metrics.onModuleDestroy();
    expect(relay.events.eventNames()).toEqual([]);
  });
});
