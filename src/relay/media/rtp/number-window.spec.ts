import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NumberWindow } from './number-window.js';

describe('NumberWindow', () => {
  it('gives a number once, in whatever order', () => {
    const window = new NumberWindow();
    expect([5, 3, 5, 4, 3].map((number) => window.take(number))).toEqual([true, true, false, true, false]);
  });

  it('knows the newest 128 numbers, and gives none that is older', () => {
    const window = new NumberWindow();
    window.take(0);
    window.take(200);
    expect(window.take(73)).toBe(true);
    expect(window.take(72)).toBe(false);
  });

  it('never gives a number twice', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.nat(40), fc.nat(1_000)), { maxLength: 300 }), (numbers) => {
        const window = new NumberWindow();
        const given = numbers.filter((number) => window.take(number));
        expect(new Set(given).size).toBe(given.length);
      }),
    );
  });
});
