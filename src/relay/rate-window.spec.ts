import { describe, expect, it } from 'vitest';
import { RateWindow } from './rate-window.js';

const sample = (packets: number, changes = {}) => ({
  peerId: 'p',
  packets,
  payloadBytes: packets * 150,
  lost: 0,
  ...changes,
});

describe('RateWindow', () => {
  it('says nothing before the second report', () => {
    const rates = new RateWindow();
    expect(rates.read()).toBeUndefined();
    rates.add(sample(16), 1_000);
    expect(rates.read()).toBeUndefined();
  });

  it('tells packets, bits and losses by the second', () => {
    const rates = new RateWindow();
    rates.add(sample(100), 1_000);
    rates.add(sample(120, { lost: 5 }), 3_000);
    expect(rates.read()).toEqual({ packetsPerSecond: 10, bitrate: 12_000, lossPercent: 20 });
  });

  it('forgets what is older than a few seconds', () => {
    const rates = new RateWindow();
    for (let second = 0; second <= 20; second += 1) rates.add(sample(second < 10 ? second * 50 : 500), second * 1_000);
    expect(rates.read()?.packetsPerSecond).toBe(0);
  });

  it('begins anew with another broadcaster, whose counters and clock are others', () => {
    const rates = new RateWindow();
    rates.add(sample(5_000), 900_000);
    rates.add(sample(0, { peerId: 'q' }), 1_000);
    expect(rates.read()).toBeUndefined();
    rates.add(sample(17, { peerId: 'q' }), 2_000);
    expect(rates.read()?.packetsPerSecond).toBe(17);
  });

  it('takes a packet that came late after all for no gain', () => {
    const rates = new RateWindow();
    rates.add(sample(10, { lost: 3 }), 0);
    rates.add(sample(20, { lost: 1 }), 1_000);
    expect(rates.read()?.lossPercent).toBe(0);
  });

  it('says nothing after it was cleared', () => {
    const rates = new RateWindow();
    rates.add(sample(10), 0);
    rates.add(sample(20), 1_000);
    rates.clear();
    expect(rates.read()).toBeUndefined();
  });
});
