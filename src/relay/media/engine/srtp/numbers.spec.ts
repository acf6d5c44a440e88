import fc from 'fast-check';
import { expect, it } from 'vitest';
import { REPLAY_WINDOW, ReplayWindow } from './replay-window.js';
import { estimateIndex } from './rtp-index.js';

it('a replay window knows each index once, and none that is older than it reaches', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 47 }), fc.array(fc.integer({ min: -200, max: 200 })), (start, steps) => {
      const window = new ReplayWindow();
      const seen = new Set<number>();
      let newest = -1;
      let index = start;
      for (const step of steps) {
        index = Math.max(0, index + step);
        const isNew = index > newest || (newest - index < REPLAY_WINDOW && !seen.has(index));
        expect(window.isNew(index)).toBe(isNew);
        if (!isNew) continue;
        window.add(index);
        seen.add(index);
        newest = Math.max(newest, index);
        expect(window.newest).toBe(newest);
      }
    }),
  );
});

it('an index is taken for the one that is nearest to the newest', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 47 }), fc.integer({ min: -0x7fff, max: 0x7fff }), (newest, distance) => {
      const index = newest + distance;
      fc.pre(index >= 0);
      expect(estimateIndex(newest, index % 0x10000)).toBe(index);
    }),
  );
});

it.each([
  [-1, 65_535, 65_535],
  [3, 65_534, 65_534],
  [65_535, 0, 65_536],
  [65_536, 65_535, 65_535],
])('an index begins with ROC 0, and never goes below it: after %i, %i is %i', (newest, sequenceNumber, index) => {
  expect(estimateIndex(newest, sequenceNumber)).toBe(index);
});
