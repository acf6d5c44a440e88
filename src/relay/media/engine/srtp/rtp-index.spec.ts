import fc from 'fast-check';
import { expect, it } from 'vitest';
import { estimateIndex } from './rtp-index.js';

it('takes the index that is nearest to the newest', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 47 }), fc.integer({ min: -0x7fff, max: 0x7fff }), (newest, distance) => {
      const index = newest + distance;
      fc.pre(index >= 0);
      expect(estimateIndex(newest, index % 0x10000)).toBe(index);
    }),
  );
});

it('begins with ROC 0, and never goes below it', () => {
  expect(estimateIndex(-1, 65_535)).toBe(65_535);
  expect(estimateIndex(3, 65_534)).toBe(65_534);
  expect(estimateIndex(65_535, 0)).toBe(65_536);
  expect(estimateIndex(65_536, 65_535)).toBe(65_535);
});
