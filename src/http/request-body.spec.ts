import { describe, expect, it } from 'vitest';
import { isDeeperThan } from './request-body.js';

describe('isDeeperThan', () => {
  it.each([
    ['text', 0, false],
    [{}, 0, true],
    [{}, 1, false],
    [{ a: [{ b: 1 }] }, 3, false],
    [{ a: [{ b: {} }] }, 3, true],
    [[[], [[]]], 2, true],
    [null, 0, false],
  ])('of %j and %i is %s', (value, levels, expected) => {
    expect(isDeeperThan(value, levels)).toBe(expected);
  });

  it('judges what would exhaust the stack of anything recursive', () => {
    expect(isDeeperThan(JSON.parse('['.repeat(30_000) + ']'.repeat(30_000)), 16)).toBe(true);
  });
});
