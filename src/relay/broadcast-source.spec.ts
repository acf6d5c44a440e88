import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { broadcasterReport as report } from '../../test/support/snapshots.js';
import { BroadcastSource } from './broadcast-source.js';

let source: BroadcastSource;

beforeEach(() => {
  vi.useFakeTimers({ now: new Date('2026-11-23T12:00:00Z') });
  source = new BroadcastSource();
});
afterEach(() => vi.useRealTimers());

describe('BroadcastSource', () => {
  it('counts silence from the beginning of the broadcast while nobody was heard', () => {
    vi.advanceTimersByTime(7_900);
    expect(source.snapshot()).toMatchObject({ silentForSeconds: 7, lastPacketAt: undefined });
  });

  it('is not silent while it sounds, however long the last report is ago', () => {
    source.receive(report(), 1_000);
    vi.advanceTimersByTime(990);
    expect(source.snapshot().silentForSeconds).toBe(0);
  });

  it('counts silence from the last sound while packets go on', () => {
    source.receive(report(), 1_000);
    vi.advanceTimersByTime(12_000);
    source.receive(report({ audioLevelDbov: -127, soundAgeMs: 12_040 }), 13_000);
    expect(source.snapshot()).toMatchObject({ silentForSeconds: 12, audioLevelDbov: -127 });
  });

  it('counts silence on when the broadcaster is gone, and shows no level and no rates of it', () => {
    source.receive(report(), 1_000);
    vi.advanceTimersByTime(1_000);
    source.receive(report({ packets: 117 }), 2_000);
    source.clear();
    vi.advanceTimersByTime(9_100);
    const snapshot = source.snapshot();
    expect(snapshot.silentForSeconds).toBe(9);
    expect(snapshot.audioLevelDbov).toBeUndefined();
    expect(snapshot.packetsPerSecond).toBeUndefined();
  });

  it('takes no comfort from another broadcaster that is silent too', () => {
    source.receive(report(), 1_000);
    source.clear();
    vi.advanceTimersByTime(10_000);
    source.receive(report({ peerId: 'q', soundAgeMs: undefined }), 500);
    expect(source.snapshot().silentForSeconds).toBe(10);
  });

  it('tells when the last packet came, through reports without any', () => {
    source.receive(report({ idleMs: 60 }), 1_000);
    vi.advanceTimersByTime(5_000);
    source.receive(report({ idleMs: 5_060 }), 6_000);
    expect(source.snapshot().lastPacketAt?.toISOString()).toBe('2026-11-23T11:59:59.940Z');
  });

  it('has seen a broadcaster that went before its first report', () => {
    source.begin();
    source.clear();
    expect(source.snapshot().lastPacketAt?.toISOString()).toBe('2026-11-23T12:00:00.000Z');
  });

  it('says when silence was judged by the size of packets', () => {
    source.receive(report({ levelEstimated: true, audioLevelDbov: undefined }), 1_000);
    expect(source.snapshot()).toMatchObject({ levelEstimated: true, audioLevelDbov: undefined });
  });
});
