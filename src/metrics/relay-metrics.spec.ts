import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeRelay } from '../../test/support/fake-relay.js';
import { broadcastSnapshot, relaySnapshot, workerSnapshot } from '../../test/support/snapshots.js';
import { droppedLogLines, openLog } from '../logging/log-params.js';
import type { RelaySnapshot } from '../relay/relay.types.js';
import type { RelayRegistry } from '../relay/relay-registry.js';
import { RelayMetrics } from './relay-metrics.js';

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
      'azaan_joins_total{result="address_limit"} 0',
      'azaan_joins_total{result="unavailable"} 0',
    ]);
  });

  it('begins every way to end, both directions, every drop and restarts at 0', async () => {
    expect(await linesOf('azaan_peer_disconnects_total')).toHaveLength(16);
    expect(await linesOf('azaan_rtp_packets_total')).toEqual([
      'azaan_rtp_packets_total{direction="in"} 0',
      'azaan_rtp_packets_total{direction="out"} 0',
    ]);
    expect(await linesOf('azaan_rtp_dropped_total')).toEqual([
      'azaan_rtp_dropped_total{reason="malformed"} 0',
      'azaan_rtp_dropped_total{reason="oversized"} 0',
      'azaan_rtp_dropped_total{reason="wrong_payload_type"} 0',
      'azaan_rtp_dropped_total{reason="too_fast"} 0',
      'azaan_rtp_dropped_total{reason="stale"} 0',
      'azaan_rtp_dropped_total{reason="bus_overflow"} 0',
    ]);
    expect(await linesOf('azaan_rtp_send_failures_total')).toEqual(['azaan_rtp_send_failures_total 0']);
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

  const show = (changes: Partial<RelaySnapshot>) => {
    relay.snapshot = () => relaySnapshot(changes);
  };

  it('shows broadcasts and listeners as they are at the scrape', async () => {
    show({
      totalListeners: 7,
      broadcasts: [
        broadcastSnapshot('a'),
        broadcastSnapshot('b', { state: 'interrupted' }),
        broadcastSnapshot('c', { state: 'ended' }),
      ],
    });
    expect(await linesOf('azaan_broadcasts_active')).toEqual(['azaan_broadcasts_active 2']);
    expect(await linesOf('azaan_broadcasts')).toEqual([
      'azaan_broadcasts{state="connecting"} 0',
      'azaan_broadcasts{state="live"} 1',
      'azaan_broadcasts{state="interrupted"} 1',
    ]);
    expect(await linesOf('azaan_listeners_active')).toEqual(['azaan_listeners_active 7']);
  });

  it('shows the level of the broadcasters that tell it', async () => {
    show({ broadcasts: [broadcastSnapshot('a'), broadcastSnapshot('b', { source: { audioLevelDbov: undefined } })] });
    expect(await linesOf('azaan_broadcast_audio_level_dbov')).toEqual([
      'azaan_broadcast_audio_level_dbov{masjid="a"} -20',
    ]);
  });

  it('shows how long broadcasts are silent, those too that never sounded', async () => {
    show({
      broadcasts: [
        broadcastSnapshot('sounding'),
        broadcastSnapshot('muted', { source: { silentForSeconds: 42 } }),
        broadcastSnapshot('away', { state: 'interrupted', source: { silentForSeconds: 9 } }),
        broadcastSnapshot('beginning', { state: 'connecting', source: { silentForSeconds: 3 } }),
      ],
    });
    expect(await linesOf('azaan_broadcast_silent_seconds')).toEqual([
      'azaan_broadcast_silent_seconds{masjid="sounding"} 0',
      'azaan_broadcast_silent_seconds{masjid="muted"} 42',
      'azaan_broadcast_silent_seconds{masjid="away"} 9',
      'azaan_broadcast_silent_seconds{masjid="beginning"} 3',
    ]);
  });

  it('shows who hears each broadcast, and what comes from its broadcaster', async () => {
    const { packetsPerSecond: _unknown, lossPercent: _too, ...source } = broadcastSnapshot('b').source;
    show({
      broadcasts: [
        broadcastSnapshot('a', { connectedListeners: 7, source: { packetsPerSecond: 16.5, lossPercent: 2.5 } }),
        { ...broadcastSnapshot('b', { connectedListeners: 0 }), source },
      ],
    });
    expect(await linesOf('azaan_broadcast_listeners')).toEqual([
      'azaan_broadcast_listeners{masjid="a"} 7',
      'azaan_broadcast_listeners{masjid="b"} 0',
    ]);
    expect(await linesOf('azaan_broadcast_packets_per_second')).toEqual([
      'azaan_broadcast_packets_per_second{masjid="a"} 16.5',
    ]);
    expect(await linesOf('azaan_broadcast_loss_ratio')).toEqual(['azaan_broadcast_loss_ratio{masjid="a"} 0.025']);
  });

  it('tells whether the server is draining', async () => {
    expect(await linesOf('azaan_draining')).toEqual(['azaan_draining 0']);
    show({ draining: true });
    expect(await linesOf('azaan_draining')).toEqual(['azaan_draining 1']);
  });

  it('counts no worker that died', async () => {
    show({ workers: [workerSnapshot(0), workerSnapshot(1, { ready: false })] });
    expect(await linesOf('azaan_media_workers_ready')).toEqual(['azaan_media_workers_ready 1']);
  });

  it('counts an idle worker that is being renewed', async () => {
    show({ workers: [workerSnapshot(0), workerSnapshot(1, { ready: false, renewing: true })] });
    expect(await linesOf('azaan_media_workers_ready')).toEqual(['azaan_media_workers_ready 2']);
  });

  it('shows what each worker holds and costs', async () => {
    const report = { listeners: 500, cpuMicros: 2_500_000, rssBytes: 90_000_000, eventLoopLagMs: 12 };
    show({ workers: [workerSnapshot(0), workerSnapshot(1, { report })] });
    const text = await metrics.scrape();
    for (const line of [
      'azaan_media_worker_listeners{worker="0"} 0',
      'azaan_media_worker_listeners{worker="1"} 500',
      'azaan_media_worker_cpu_seconds_total{worker="1"} 2.5',
      'azaan_media_worker_resident_memory_bytes{worker="1"} 90000000',
      'azaan_media_worker_event_loop_lag_seconds{worker="1"} 0.012',
    ]) {
      expect(text).toContain(`${line}\n`);
    }
  });

  it('shows nothing stale of a worker that died', async () => {
    show({ workers: [workerSnapshot(0)] });
    await metrics.scrape();
    const { report: _gone, ...dead } = workerSnapshot(0, { ready: false });
    show({ workers: [{ ...dead, report: undefined }] });
    expect(await linesOf('azaan_media_worker_listeners')).toEqual([]);
  });

  it('forgets a broadcast that ended', async () => {
    show({ broadcasts: [broadcastSnapshot('a')] });
    await metrics.scrape();
    show({});
    expect(await metrics.scrape()).not.toContain('masjid=');
  });

  it('labels no more masjids than a server of this size can have', async () => {
    show({ broadcasts: Array.from({ length: 300 }, (_, index) => broadcastSnapshot(`m${index}`)) });
    for (const name of ['audio_level_dbov', 'silent_seconds', 'listeners', 'packets_per_second', 'loss_ratio']) {
      expect(await linesOf(`azaan_broadcast_${name}`), name).toHaveLength(200);
    }
  });

  it('counts packets, drops and CPU on through the restart of a worker, and its renewal', async () => {
    const dropped = (stale: number) => ({ ...workerSnapshot(0).report!.rtpDropped, stale });
    for (const [pid, rtpIn, rtpOut, stale] of [
      [100, 10, 100, 1],
      [100, 20, 200, 2],
      [101, 5, 50, 4],
    ] as const) {
      const report = { rtpIn, rtpOut, rtpSendFailures: stale, rtpDropped: dropped(stale), cpuMicros: rtpIn * 1e6 };
      show({ workers: [workerSnapshot(0, { pid, report })] });
      await metrics.scrape();
    }
    expect(await linesOf('azaan_rtp_packets_total')).toEqual([
      'azaan_rtp_packets_total{direction="in"} 25',
      'azaan_rtp_packets_total{direction="out"} 250',
    ]);
    expect(await linesOf('azaan_rtp_dropped_total')).toContain('azaan_rtp_dropped_total{reason="stale"} 6');
    expect(await linesOf('azaan_rtp_send_failures_total')).toEqual(['azaan_rtp_send_failures_total 6']);
    expect(await linesOf('azaan_media_worker_cpu_seconds_total')).toEqual([
      'azaan_media_worker_cpu_seconds_total{worker="0"} 25',
    ]);
  });

  it('counts the lines of the log that nobody read', async () => {
    const before = droppedLogLines();
    const log = openLog('/dev/null');
    await once(log, 'ready');
    log.write('x'.repeat(9 * 1024 * 1024));
    log.write('a line\n');
    log.end();
    expect(await linesOf('azaan_log_lines_dropped_total')).toEqual([`azaan_log_lines_dropped_total ${before + 1}`]);
  });

  it('listens no more once it is destroyed', () => {
    metrics.onModuleDestroy();
    expect(relay.events.eventNames()).toEqual([]);
  });
});
