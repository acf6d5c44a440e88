import { describe, expect, it } from 'vitest';
import { curve, roundTop } from '../../public/pages/admin/curve.js';

const FRAME = { fromMs: 0, toMs: 100, top: 10, width: 100, height: 50 };

describe('the top of a chart', () => {
  it.each([
    [0, 5],
    [1, 5],
    [5, 5],
    [6, 10],
    [11, 20],
    [21, 50],
    [99, 100],
    [100, 100],
    [101, 200],
    [1_000, 1_000],
  ])('for %i is %i', (value, top) => {
    expect(roundTop(value)).toBe(top);
  });
});

describe('a curve', () => {
  it('is a staircase: a value holds until the next one', () => {
    expect(curve([0, 50, 100], [0, 5, 10], FRAME).line).toBe('M0 50H50V25H100V0');
  });

  it('breaks off where nothing is known, and its area is closed at the ground', () => {
    const { line, area } = curve([0, 20, 20, 80, 100], [5, 5, null, 10, 10], FRAME);
    expect(line).toBe('M0 25H20V25M80 0H100V0');
    expect(area).toBe('M0 50V25H20V25L20 50ZM80 50V0H100V0V50Z');
  });

  it('begins at the edge of its window', () => {
    expect(curve([-40, 50], [10, 0], FRAME).line).toBe('M0 0H50V50');
  });

  it('is nothing when nothing is known', () => {
    expect(curve([], [], FRAME)).toEqual({ line: '', area: '' });
  });
});
