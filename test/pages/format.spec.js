import { describe, expect, it } from 'vitest';
import { amount, bytes, duration, measure } from '../../public/pages/admin/format.js';

describe('figures in words', () => {
  it.each([
    [0, '0 sec'],
    [59.9, '59 sec'],
    [60, '1 min'],
    [61, '1 min 1 sec'],
    [3_600, '1 hr'],
    [11_520, '3 hr 12 min'],
    [86_400 * 2 + 3_600 * 5 + 59, '2 days 5 hr'],
    [-1, '0 sec'],
  ])('%d seconds are %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });

  it('have a dash where nothing is known', () => {
    expect([amount(null), measure(null, 'percent'), bytes(null)]).toEqual(['–', '–', '–']);
  });

  it('have their unit', () => {
    expect([amount(1_234), measure(1.25, 'percent', 1), bytes(52_428_800)]).toEqual(['1,234', '1.3%', '50 MB']);
  });
});
