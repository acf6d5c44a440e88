import fc from 'fast-check';
import { expect, it } from 'vitest';
import { REPLAY_WINDOW, ReplayWindow } from './replay-window.js';

it('knows each index once, and none that is older than the window', () => {
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
