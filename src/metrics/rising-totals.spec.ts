import { expect, it } from 'vitest';
import { RisingTotals } from './rising-totals.js';

it('never counts anything twice, and nothing of a new life as less', () => {
  const totals = new RisingTotals();
  expect(totals.advance('a', 0, 100)).toBe(100);
  expect(totals.advance('a', 0, 130)).toBe(30);
  expect(totals.advance('a', 0, 130)).toBe(0);
  expect(totals.advance('b', 0, 7), 'another counter').toBe(7);
  expect(totals.advance('a', 1, 5), 'begins again').toBe(5);
  expect(totals.advance('a', 2, 400), 'begins again, past the old value').toBe(400);
});

it('takes a counter that falls within a life for a late report', () => {
  const totals = new RisingTotals();
  totals.advance('a', 0, 100);
  expect(totals.advance('a', 0, 90)).toBe(0);
});
