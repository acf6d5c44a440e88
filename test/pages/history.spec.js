import { beforeEach, describe, expect, it } from 'vitest';
import { History } from '../../public/pages/admin/history.js';

const HOUR_MS = 3_600_000;

describe('the history of a number', () => {
  /** @type {History} */
  let history;
  beforeEach(() => {
    history = new History();
  });

  it('is empty at first, with nothing as its most', () => {
    expect(history.times).toEqual([]);
    expect(history.most).toBe(0);
  });

  it('keeps two columns of equal length', () => {
    for (const [index, value] of [1, 2, 2, 5].entries()) history.add(index * 2_000, value);
    expect(history.times).toEqual([0, 2_000, 4_000, 6_000]);
    expect(history.values).toEqual([1, 2, 2, 5]);
    expect(history.most).toBe(5);
  });

  it('keeps of a value that stays its beginning and its end', () => {
    for (let index = 0; index <= 1_000; index += 1) history.add(index * 2_000, 7);
    expect(history.times).toEqual([0, 2_000_000]);
    expect(history.values).toEqual([7, 7]);
  });

  it('knows nothing of the time in which nobody looked', () => {
    history.add(0, 3);
    history.add(2_000, 3);
    history.add(100_000, 4);
    expect(history.times).toEqual([0, 2_000, 2_000, 100_000]);
    expect(history.values).toEqual([3, 3, null, 4]);
  });

  it('forgets what is older than an hour, and goes on from what held then', () => {
    for (let timeMs = 0; timeMs <= HOUR_MS + 60_000; timeMs += 10_000) history.add(timeMs, timeMs);
    expect(history.times[0]).toBe(60_000);
    expect(history.values[0]).toBe(60_000);
    expect(history.times.at(-1)).toBe(HOUR_MS + 60_000);
    expect(history.times.length).toBe(history.values.length);
  });

  it('does not grow with the hours', () => {
    for (let index = 0; index < 10_000; index += 1) history.add(index * 2_000, index % 3);
    expect(history.times.length).toBeLessThanOrEqual(1_802);
  });
});
