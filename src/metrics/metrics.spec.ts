import { once } from 'node:events';
import { Test, type TestingModule } from '@nestjs/testing';
import { register } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeRelay } from '../../test/support/fake-relay.js';
import { broadcastSnapshot, relaySnapshot, workerSnapshot } from '../../test/support/snapshots.js';
import { ConfigModule } from '../config/config.module.js';
import { loadConfig } from '../config/load-config.js';
import { droppedLogLines, openLog } from '../logging/log-params.js';
import type { RelaySnapshot } from '../relay/relay.types.js';
import { RelayRegistry } from '../relay/relay-registry.js';
import { MetricsModule } from './metrics.module.js';

async function startMetrics(relay: FakeRelay): Promise<TestingModule> {
  const imports = [ConfigModule.forRoot(loadConfig({ NODE_ENV: 'test' })), MetricsModule];
  const module = Test.createTestingModule({ imports }).overrideProvider(RelayRegistry).useValue(relay);
  return (await module.compile()).init();
}

/** @param series its name, with its labels as Prometheus reads them */
async function valueOf(series: string): Promise<number> {
  const lines = (await register.metrics()).split('\n').filter((line) => line.startsWith(`${series} `));
  expect(lines, series).toHaveLength(1);
  return Number(lines[0]!.slice(series.length));
}

/** The values of a metric by that of its only label. */
async function valuesOf(metric: string, label: string): Promise<Record<string, number>> {
  const lines = (await register.metrics()).matchAll(new RegExp(`^${metric}\\{${label}="([^"]*)"\\} (.*)$`, 'gm'));
  return Object.fromEntries([...lines].map(([, of, value]) => [of!, Number(value)] as const));
}

describe('metrics', () => {
  let relay: FakeRelay;
  let metrics: TestingModule;

  beforeEach(async () => {
    relay = new FakeRelay();
    metrics = await startMetrics(relay);
  });
  afterEach(() => metrics.close());

  const show = (changes: Partial<RelaySnapshot>) => {
    relay.snapshot = () => relaySnapshot(changes);
  };

  it.each([
    ['azaan_joins_total', 'result', ['ok', 'no_broadcast', 'bad_offer', 'capacity', 'address_limit', 'unavailable']],
    ['azaan_rtp_packets_total', 'direction', ['in', 'out']],
    [
      'azaan_rtp_dropped_total',
      'reason',
      ['malformed', 'oversized', 'wrong_payload_type', 'too_fast', 'stale', 'bus_overflow'],
    ],
  ])('begins %s at 0, for every %s', async (metric, label, known) => {
    expect(await valuesOf(metric, label)).toEqual(Object.fromEntries(known.map((value) => [value, 0])));
  });

  it('begins every way to end, failures and restarts at 0', async () => {
    const ends = (await register.metrics()).match(/^azaan_peer_disconnects_total\{role="\w+",reason="\w+"\} 0$/gm);
    expect(ends).toHaveLength(16);
    expect(await valueOf('azaan_rtp_send_failures_total')).toBe(0);
    expect(await valueOf('azaan_media_worker_restarts_total')).toBe(0);
  });

  it('counts what the relay announces', async () => {
    relay.events.emit('join', 'capacity', 0.001);
    relay.events.emit('peerClosed', 'listener', 'silent');
    relay.events.emit('workerRestarted', 0);
    expect(await valueOf('azaan_joins_total{result="capacity"}')).toBe(1);
    expect(await valueOf('azaan_peer_disconnects_total{role="listener",reason="silent"}')).toBe(1);
    expect(await valueOf('azaan_media_worker_restarts_total')).toBe(1);
  });

  it('tells joins just under two seconds from joins just over', async () => {
    relay.events.emit('join', 'ok', 1.9);
    relay.events.emit('firstPacket', 2.1);
    expect(await valueOf('azaan_join_duration_seconds_bucket{le="2",stage="answer"}')).toBe(1);
    expect(await valueOf('azaan_join_duration_seconds_bucket{le="2",stage="first_packet"}')).toBe(0);
    expect(await valueOf('azaan_join_duration_seconds_bucket{le="2.5",stage="first_packet"}')).toBe(1);
  });

  it('times only the joins that were answered', async () => {
    relay.events.emit('join', 'no_broadcast', 0.001);
    expect(await valueOf('azaan_join_duration_seconds_count{stage="answer"}')).toBe(0);
  });

  it('shows broadcasts and listeners as they are at the scrape', async () => {
    const [interrupted, ended] = [{ state: 'interrupted' }, { state: 'ended' }] as const;
    const broadcasts = [broadcastSnapshot('a'), broadcastSnapshot('b', interrupted), broadcastSnapshot('c', ended)];
    show({ totalListeners: 7, broadcasts });
    expect(await valueOf('azaan_broadcasts_active')).toBe(2);
    expect(await valuesOf('azaan_broadcasts', 'state')).toEqual({ connecting: 0, live: 1, interrupted: 1 });
    expect(await valueOf('azaan_listeners_active')).toBe(7);
  });

  it('shows the level of the broadcasters that tell it', async () => {
    show({ broadcasts: [broadcastSnapshot('a'), broadcastSnapshot('b', { source: { audioLevelDbov: undefined } })] });
    expect(await valuesOf('azaan_broadcast_audio_level_dbov', 'masjid')).toEqual({ a: -20 });
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
    const silent = await valuesOf('azaan_broadcast_silent_seconds', 'masjid');
    expect(silent).toEqual({ sounding: 0, muted: 42, away: 9, beginning: 3 });
  });

  it('shows who hears each broadcast, and what comes from its broadcaster', async () => {
    const { packetsPerSecond: _unknown, lossPercent: _too, ...source } = broadcastSnapshot('b').source;
    show({
      broadcasts: [
        broadcastSnapshot('a', { connectedListeners: 7, source: { packetsPerSecond: 16.5, lossPercent: 2.5 } }),
        { ...broadcastSnapshot('b', { connectedListeners: 0 }), source },
      ],
    });
    expect(await valuesOf('azaan_broadcast_listeners', 'masjid')).toEqual({ a: 7, b: 0 });
    expect(await valuesOf('azaan_broadcast_packets_per_second', 'masjid')).toEqual({ a: 16.5 });
    expect(await valuesOf('azaan_broadcast_loss_ratio', 'masjid')).toEqual({ a: 0.025 });
  });

  it('counts the workers that are ready', async () => {
    show({ workers: [workerSnapshot(0), workerSnapshot(1, { ready: false })] });
    expect(await valueOf('azaan_media_workers_ready')).toBe(1);
  });

  it('shows what each worker holds and costs', async () => {
    const report = { listeners: 500, cpuMicros: 2_500_000, rssBytes: 90_000_000, eventLoopLagMs: 12 };
    show({ workers: [workerSnapshot(0), workerSnapshot(1, { report })] });
    expect(await valuesOf('azaan_media_worker_listeners', 'worker')).toEqual({ 0: 0, 1: 500 });
    expect(await valuesOf('azaan_media_worker_cpu_seconds_total', 'worker')).toMatchObject({ 1: 2.5 });
    expect(await valuesOf('azaan_media_worker_resident_memory_bytes', 'worker')).toMatchObject({ 1: 90_000_000 });
    expect(await valuesOf('azaan_media_worker_event_loop_lag_seconds', 'worker')).toMatchObject({ 1: 0.012 });
  });

  it('shows nothing stale of a worker that died', async () => {
    show({ workers: [workerSnapshot(0)] });
    await register.metrics();
    const { report: _gone, ...dead } = workerSnapshot(0, { ready: false });
    show({ workers: [{ ...dead, report: undefined }] });
    expect(await valuesOf('azaan_media_worker_listeners', 'worker')).toEqual({});
  });

  it('forgets a broadcast that ended', async () => {
    show({ broadcasts: [broadcastSnapshot('a')] });
    await register.metrics();
    show({});
    expect(await register.metrics()).not.toContain('masjid=');
  });

  it('labels no more masjids than a server of this size can have', async () => {
    show({ broadcasts: Array.from({ length: 300 }, (_, index) => broadcastSnapshot(`m${index}`)) });
    for (const name of ['audio_level_dbov', 'silent_seconds', 'listeners', 'packets_per_second', 'loss_ratio']) {
      expect(Object.keys(await valuesOf(`azaan_broadcast_${name}`, 'masjid')), name).toHaveLength(200);
    }
  });

  it('counts packets, drops and CPU on through the restart of a worker', async () => {
    const dropped = (stale: number) => ({ ...workerSnapshot(0).report!.rtpDropped, stale });
    for (const [pid, rtpIn, rtpOut, stale] of [
      [100, 10, 100, 1],
      [100, 20, 200, 2],
      [101, 5, 50, 4],
    ] as const) {
      const drops = { rtpSendFailures: stale, kernelDrops: stale, sendRefusals: rtpIn, rtpDropped: dropped(stale) };
      const report = { rtpIn, rtpOut, ...drops, cpuMicros: rtpIn * 1e6 };
      show({ workers: [workerSnapshot(0, { pid, report })] });
      await register.metrics();
    }
    expect(await valuesOf('azaan_rtp_packets_total', 'direction')).toEqual({ in: 25, out: 250 });
    expect(await valueOf('azaan_rtp_dropped_total{reason="stale"}')).toBe(6);
    expect(await valueOf('azaan_rtp_send_failures_total')).toBe(6);
    expect(await valuesOf('azaan_media_socket_drops_total', 'direction')).toEqual({ in: 6, out: 25 });
    expect(await valuesOf('azaan_media_worker_cpu_seconds_total', 'worker')).toEqual({ 0: 25 });
  });

  it('counts the lines of the log that nobody read', async () => {
    const before = droppedLogLines();
    const log = openLog('/dev/null');
    await once(log, 'ready');
    log.write('x'.repeat(9 * 1024 * 1024));
    log.write('a line\n');
    log.end();
    expect(await valueOf('azaan_log_lines_dropped_total')).toBe(before + 1);
  });

  it('listens no more, and leaves nothing behind, once it is closed', async () => {
    await metrics.close();
    expect(relay.events.eventNames()).toEqual([]);
    expect((await register.metrics()).trim()).toBe('');
  });

  it('are those of the application that came last, whichever stops first', async () => {
    relay.events.emit('join', 'ok', 0.1);
    const newRelay = new FakeRelay();
    const newMetrics = await startMetrics(newRelay);
    expect(await valueOf('azaan_joins_total{result="ok"}')).toBe(0);
    newRelay.events.emit('join', 'ok', 0.1);
    newRelay.setDraining(true);
    await metrics.close();
    expect(await valueOf('azaan_joins_total{result="ok"}')).toBe(1);
    expect(await valueOf('azaan_draining')).toBe(1);
    await newMetrics.close();
  });
});
