import { expect, it } from 'vitest';
import { RisingTotal } from './rising-total.js';

it('never counts anything twice, and nothing of a new life as less', () => {
  const total = new RisingTotal();
  expect(total.advance(0, 0, 100)).toBe(100);
  expect(total.advance(0, 0, 130)).toBe(30);
  expect(total.advance(0, 0, 130)).toBe(0);
  expect(total.advance(1, 0, 7), 'another owner').toBe(7);
  expect(total.advance(0, 1, 5), 'begins again').toBe(5);
  expect(total.advance(0, 2, 400), 'begins again, past the old value').toBe(400);
});

it('takes a counter that falls within a life for a late report', () => {
  const total = new RisingTotal();
  total.advance(0, 0, 100);
  expect(total.advance(0, 0, 90)).toBe(0);
});
