import { beforeEach, describe, expect, it } from 'vitest';
import { JoinTrend } from '../../public/pages/admin/join-trend.js';

const joins = (ok, bad_offer = 0, capacity = 0, unavailable = 0) => ({ ok, bad_offer, capacity, unavailable });

describe('joins within the last minute', () => {
  /** @type {JoinTrend} */
  let trend;
  beforeEach(() => {
    trend = new JoinTrend();
  });

  it('are not failing at first, whatever happened before the page was opened', () => {
    trend.add(0, joins(10, 900));
    expect(trend.isFailing).toBe(false);
  });

  it.each([
    ['bad offers', joins(100, 900)],
    ['listeners for whom there is no place', joins(100, 0, 900)],
    ['listeners whom no worker takes', joins(100, 0, 0, 900)],
  ])('are failing after many %s', (_, after) => {
    trend.add(0, joins(100));
    trend.add(2_000, after);
    expect(trend.isFailing).toBe(true);
  });

  it('are not failing for a few, nor for few among many', () => {
    trend.add(0, joins(0));
    trend.add(2_000, joins(0, 4));
    expect(trend.isFailing).toBe(false);
    trend.add(4_000, joins(1_000, 50));
    expect(trend.isFailing).toBe(false);
  });

  it('are well again a minute later', () => {
    trend.add(0, joins(0));
    trend.add(2_000, joins(0, 900));
    for (let timeMs = 4_000; timeMs <= 60_000; timeMs += 2_000) trend.add(timeMs, joins(0, 900));
    expect(trend.isFailing).toBe(true);
    trend.add(64_000, joins(0, 900));
    expect(trend.isFailing).toBe(false);
  });

  it('say nothing of the time in which nobody looked', () => {
    trend.add(0, joins(0));
    trend.add(600_000, joins(0, 900));
    expect(trend.isFailing).toBe(false);
  });

  it('begin anew with the server', () => {
    trend.add(0, joins(1_000, 10));
    trend.add(2_000, joins(0));
    expect(trend.isFailing).toBe(false);
    trend.add(4_000, joins(0, 6));
    expect(trend.isFailing).toBe(true);
  });
});
