import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SequenceLine } from './sequence-line.js';

const origin = { generation: 1, ssrc: 11 };

/** A line that takes packets of one sender; a number with a `-` before it is one without sound. */
function indicesOf(numbers: readonly number[]): (number | undefined)[] {
  const line = new SequenceLine();
  return numbers.map((number) => line.place(origin, Math.abs(number), number < 0)?.index);
}

const NONE = undefined;

describe('SequenceLine', () => {
  it.each([
    ['counts from 0', [700, 701, 702], [0, 1, 2]],
    ['leaves the gap of a lost packet', [10, 13], [0, 3]],
    ['closes the gap of a packet without sound', [10, -11, 12], [0, NONE, 1]],
    ['closes the gap of many', [10, -11, -12, -13, 14, -15, 16], [0, NONE, NONE, NONE, 1, NONE, 2]],
    ['begins with the first sound', [-10, -11, 12], [NONE, NONE, 0]],
    ['passes over the number of one without sound that comes late', [10, 12, -11, 13], [0, 2, NONE, 3]],
    ['gives a late packet its own number', [10, 12, 11, 13], [0, 2, 1, 3]],
    ['gives a late packet its own number across one without sound', [10, -12, 13, 11], [0, NONE, 2, 1]],
    ['gives the packet before one without sound its number', [10, -12, 11, 13], [0, NONE, 1, 2]],
    ['sees loss beside packets without sound', [10, -13, 14], [0, NONE, 3]],
    ['takes a packet once', [10, 11, 11, 10, 13, 12, 12], [0, 1, NONE, NONE, 3, 2, NONE]],
    ['takes no sound under the number of a packet without', [10, -11, 11, 12], [0, NONE, NONE, 1]],
    ['keeps the number of a late packet from one that had no sound', [9, -11, 11, 10], [0, NONE, NONE, 1]],
    ['counts a packet without sound once', [10, -11, -11, 12], [0, NONE, NONE, 1]],
    ['goes on across the wrap', [65_534, -65_535, 0, 1], [0, NONE, 1, 2]],
  ])('%s', (_name, numbers, indices) => {
    expect(indicesOf(numbers)).toEqual(indices);
  });

  it('begins a sequence with sound alone', () => {
    const line = new SequenceLine();
    const later = { generation: 2, ssrc: 22 };
    expect(line.place(origin, 10, false)).toEqual({ index: 0, sequence: 1 });
    expect(line.place(later, 500, true)).toBeUndefined();
    expect(line.place(origin, 11, false)).toEqual({ index: 1, sequence: 1 });
    expect(line.place(later, 501, false)).toEqual({ index: 2, sequence: 2 });
    expect(line.place(later, 500, false)).toBeUndefined();
    expect(line.place(origin, 12, false)).toBeUndefined();
  });

  it('leaves listeners no gap but those of packets lost or out of order, whatever carries no sound', () => {
    fc.assert(
      fc.property(fc.nat(0xffff), fc.array(fc.boolean(), { maxLength: 400 }), (first, areEmpty) => {
        const line = new SequenceLine();
        const indices = areEmpty
          .map((isEmpty, position) => line.place(origin, (first + position) & 0xffff, isEmpty)?.index)
          .filter((index) => index !== undefined);
        expect(indices).toEqual(indices.map((_, position) => position));
      }),
    );
  });

  it('gives no number twice, and keeps the order of a sender, however packets are lost, doubled and mixed up', () => {
    const packet = fc.record({ isEmpty: fc.boolean(), delay: fc.nat(30), copies: fc.nat({ max: 2 }) });
    fc.assert(
      fc.property(fc.nat(0xffff), fc.array(packet, { maxLength: 200 }), (first, packets) => {
        const line = new SequenceLine();
        const arrivals = packets
          .flatMap(({ isEmpty, delay, copies }, position) =>
            Array.from({ length: copies }, (_, copy) => ({ position, isEmpty, at: position + delay * (copy + 1) })),
          )
          .sort((a, b) => a.at - b.at);
        const given = arrivals.flatMap(({ position, isEmpty }) => {
          const index = line.place(origin, (first + position) & 0xffff, isEmpty)?.index;
          return index === undefined ? [] : [{ position, index }];
        });
        given.sort((a, b) => a.position - b.position);
        for (const [at, { index }] of given.entries()) expect(index).toBeGreaterThan(given[at - 1]?.index ?? -1);
      }),
      { numRuns: 500 },
    );
  });
});
