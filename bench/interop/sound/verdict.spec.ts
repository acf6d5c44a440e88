import { describe, expect, it } from 'vitest';
import { problemOf } from './verdict.js';

const WELL = { windows: 400, withTone: 398, seconds: 40, decibels: -15, frequencyHz: 1_000 };

describe('problemOf', () => {
  it('has nothing to say about the tone in every second', () => {
    expect(problemOf(WELL, 40)).toBeUndefined();
  });

  it.each([
    [{ windows: 0, withTone: 0, frequencyHz: undefined }, /went away/],
    [{ frequencyHz: undefined }, /went away/],
    [{ frequencyHz: 450 }, /450 Hz/],
    [{ withTone: 359 }, /359 of 400 windows/],
    [{ windows: 90, withTone: 90, seconds: 9 }, /9 of 40 s/],
  ])('tells what is wrong with %j', (change, problem) => {
    expect(problemOf({ ...WELL, ...change }, 40)).toMatch(problem);
  });
});
