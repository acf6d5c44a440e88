import { describe, expect, it } from 'vitest';
import { SequenceExtender, SequenceTracker } from './sequence-tracker.js';

function track(...numbers: number[]): SequenceTracker {
  const tracker = new SequenceTracker();
  for (const number of numbers) tracker.add(number);
  return tracker;
}

describe('SequenceTracker', () => {
  it('loses nothing when every number comes', () => {
    expect(track(7, 8, 9, 10).counts()).toEqual({ received: 4, lost: 0, duplicates: 0 });
  });

  it('counts the numbers of a gap as lost', () => {
    expect(track(7, 8, 12).counts()).toEqual({ received: 3, lost: 3, duplicates: 0 });
  });

  it('takes a late packet out of the gap', () => {
    expect(track(7, 9, 10, 8).counts()).toEqual({ received: 4, lost: 0, duplicates: 0 });
  });

  it('tells a packet that comes twice from one that comes late', () => {
    expect(track(7, 9, 9, 8, 8).counts()).toEqual({ received: 3, lost: 0, duplicates: 2 });
  });

  it('survives a gap longer than its memory', () => {
    expect(track(1, 100, 101, 101).counts()).toEqual({ received: 3, lost: 98, duplicates: 1 });
  });

  it('counts a gap across the mark in the new window', () => {
    const tracker = track(1, 2, 3);
    tracker.mark();
    tracker.add(6);
    expect(tracker.counts()).toEqual({ received: 1, lost: 2, duplicates: 0 });
  });

  it('begins a window with nothing, not even for a listener that hears nothing in it', () => {
    const tracker = track(1, 2, 5);
    tracker.mark();
    expect(tracker.counts()).toEqual({ received: 0, lost: 0, duplicates: 0 });
  });
});

describe('SequenceExtender', () => {
  it('goes on rising where 16 bits wrap around', () => {
    const extender = new SequenceExtender();
    expect([65534, 65535, 0, 2].map((sequence) => extender.extend(sequence))).toEqual([65534, 65535, 65536, 65538]);
  });

  it('places a late packet before the wrap-around', () => {
    const extender = new SequenceExtender();
    expect([65535, 1, 0, 65534].map((sequence) => extender.extend(sequence))).toEqual([65535, 65537, 65536, 65534]);
  });
});
