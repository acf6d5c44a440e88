import { describe, expect, it } from 'vitest';
import { problemOf } from './verdict.js';

const WELL = { windows: 400, withTone: 398, longestPauseMs: 600, decibels: -15, frequencyHz: 1_000 };

describe('problemOf', () => {
  it('has nothing to say about the tone without a pause', () => {
    expect(problemOf(WELL)).toBeUndefined();
  });

  it.each([
    [{ windows: 0, withTone: 0, frequencyHz: undefined }, /went away/],
    [{ frequencyHz: undefined }, /went away/],
    [{ frequencyHz: 450 }, /450 Hz/],
    [{ withTone: 319 }, /319 of 400 windows/],
    [{ windows: 90, withTone: 90, longestPauseMs: 31_000 }, /31.0 s without/],
  ])('tells what is wrong with %j', (change, problem) => {
    expect(problemOf({ ...WELL, ...change })).toMatch(problem);
  });
});
