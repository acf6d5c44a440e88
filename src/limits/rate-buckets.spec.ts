import { beforeEach, describe, expect, it } from 'vitest';
import { RateBuckets } from './rate-buckets.js';

const MINUTE_MS = 60_000;

describe('RateBuckets', () => {
  let nowMs: number;
  let buckets: RateBuckets;
  const take = (key = 'a', limit = 600) => buckets.take(key, limit, MINUTE_MS);
  const allowedOf = (calls: number, key = 'a', limit = 600) =>
    Array.from({ length: calls }, () => take(key, limit)).filter(({ allowed }) => allowed).length;

  beforeEach(() => {
    nowMs = 1_000_000;
    buckets = new RateBuckets(() => nowMs);
  });

  it.each([1, 7, 10, 600, 12_000])('lets exactly %i of a sudden crowd pass', (limit) => {
    expect(allowedOf(limit + 50, 'crowd', limit)).toBe(limit);
  });

  it('refills evenly, and says when the next call fits', () => {
    allowedOf(600);
    expect(take()).toMatchObject({ allowed: false, retryAfterMs: expect.closeTo(100, 3) as number });
    nowMs += 99;
    expect(take().allowed).toBe(false);
    nowMs += 1;
    expect(take().allowed).toBe(true);
    expect(take().allowed).toBe(false);
    nowMs += 30_000;
    expect(allowedOf(1_000)).toBe(300);
  });

  it('never saves up more than one bucket', () => {
    allowedOf(600);
    nowMs += 3_600_000;
    expect(allowedOf(1_000)).toBe(600);
  });

  it('charges nothing for calls that it refuses', () => {
    allowedOf(100_000);
    nowMs += MINUTE_MS;
    expect(allowedOf(1_000)).toBe(600);
  });

  it('keeps callers apart', () => {
    allowedOf(1_000, 'a');
    expect(allowedOf(1_000, 'b')).toBe(600);
  });

  it('tells the throttler how many calls count, and for how many seconds', async () => {
    expect(await buckets.increment('a', MINUTE_MS, 2)).toEqual({
      totalHits: 1,
      timeToExpire: 30,
      isBlocked: false,
      timeToBlockExpire: 0,
    });
    await buckets.increment('a', MINUTE_MS, 2);
    nowMs += 1_500;
    expect(await buckets.increment('a', MINUTE_MS, 2)).toMatchObject({ isBlocked: true, timeToBlockExpire: 29 });
  });

  it('remembers a bounded number of callers, the newest ones', () => {
    allowedOf(1, 'first', 1);
    for (let index = 0; index < 50_000; index += 1) take(`address ${index}`, 1);
    expect(buckets.size).toBe(20_000);
    expect(take('address 49999', 1).allowed).toBe(false);
    expect(take('first', 1).allowed).toBe(true);
  });
});
