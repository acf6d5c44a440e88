import { describe, expect, it } from 'vitest';
import { IngressBudget } from './ingress-budget.js';

/** Offers packets at a steady rate, and counts those that were taken. */
function taken(budget: IngressBudget, packetsPerSecond: number, packetBytes: number, seconds: number): number {
  const times = Array.from({ length: packetsPerSecond * seconds }, (_, index) => (index * 1_000) / packetsPerSecond);
  return times.filter((atMs) => budget.take(packetBytes, atMs)).length;
}

describe('IngressBudget', () => {
  it.each([
    ['60 ms of speech', 17, 180],
    ['20 ms of speech', 50, 60],
    ['10 ms of speech', 100, 40],
    ['2.5 ms of speech', 400, 30],
    ['20 ms of Opus at its most', 50, 1_275 + 32],
    ['120 ms of Opus at its most', 9, 7_664 + 32],
    ['2.5 ms of Opus at its most', 400, 160 + 32],
  ])('takes every packet of %s', (_, packetsPerSecond, packetBytes) => {
    expect(taken(new IngressBudget(0), packetsPerSecond, packetBytes, 60)).toBe(packetsPerSecond * 60);
  });

  it('takes what a phone held back for two seconds', () => {
    const budget = new IngressBudget(0);
    expect(taken(budget, 50, 60, 10)).toBe(500);
    const heldBack = Array.from({ length: 100 }, () => budget.take(60, 12_000));
    expect(heldBack).not.toContain(false);
  });

  it('takes at most 420 packets a second for long, however many come', () => {
    const inTenSeconds = taken(new IngressBudget(0), 5_000, 60, 10);
    expect(inTenSeconds).toBeGreaterThanOrEqual(420 * 10);
    expect(inTenSeconds).toBeLessThanOrEqual(420 * 12);
  });

  it('takes at most 77 kB a second for long, in however few packets they come', () => {
    const bytes = taken(new IngressBudget(0), 100, 1_400, 10) * 1_400;
    expect(bytes).toBeGreaterThanOrEqual(77_000 * 10);
    expect(bytes).toBeLessThanOrEqual(77_200 * 12);
  });
});
