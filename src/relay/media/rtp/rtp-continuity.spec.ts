import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RtpContinuity } from './rtp-continuity.js';

const FRAME = 2_880;
const FRAME_MS = 60;
const first = { generation: 1, ssrc: 11 };

/** How far on in the stream a packet went out, counted from the one before that went out. */
interface Step {
  readonly packets: number;
  readonly samples: number;
  readonly startsSpurt: boolean;
}

/** Sends packets into one stream, of `first` unless somebody else is named; undefined is one that was dropped. */
function stream() {
  const continuity = new RtpContinuity();
  let before: { readonly index: number; readonly timestamp: number } | undefined;
  return (sequenceNumber: number, timestamp: number, nowMs: number, sender = first, isEmpty = false) => {
    const numbers = continuity.next(sender, sequenceNumber, timestamp, nowMs, isEmpty);
    if (numbers === undefined) return undefined;
    before ??= numbers;
    const packets = numbers.index - before.index;
    const samples = (numbers.timestamp - before.timestamp) | 0;
    before = numbers;
    return { packets, samples, startsSpurt: numbers.startsSpurt } satisfies Step;
  };
}

/** A stream whose first packet went out. */
function streamFrom(sequenceNumber: number, timestamp = 0) {
  const send = stream();
  expect(send(sequenceNumber, timestamp, 0)).toEqual({ packets: 0, samples: 0, startsSpurt: true });
  return send;
}

const NEXT: Step = { packets: 1, samples: FRAME, startsSpurt: false };

describe('RtpContinuity', () => {
  it('keeps the steps of one sender', () => {
    expect(streamFrom(100, 5_000)(101, 5_000 + FRAME, FRAME_MS)).toEqual(NEXT);
  });

  it('keeps gaps, so that receivers see what was lost', () => {
    expect(streamFrom(100)(105, 5 * FRAME, 5 * FRAME_MS)).toMatchObject({ packets: 5 });
  });

  it('keeps the place of a packet that comes late', () => {
    const send = streamFrom(100);
    send(102, 2 * FRAME, FRAME_MS);
    expect(send(101, FRAME, FRAME_MS)).toEqual({ packets: -1, samples: -FRAME, startsSpurt: false });
    expect(send(101, FRAME, FRAME_MS)).toBeUndefined();
    expect(send(103, 3 * FRAME, 2 * FRAME_MS)).toMatchObject({ packets: 2 });
  });

  it('numbers from 0', () => {
    const continuity = new RtpContinuity();
    const indices = [7, 8].map(
      (number) => continuity.next(first, number, number * FRAME, number * FRAME_MS, false)?.index,
    );
    expect(indices).toEqual([0, 1]);
  });

  it('shows nothing of packets without sound, whose timestamps mean nothing', () => {
    const send = streamFrom(100);
    for (const number of [101, 102]) expect(send(number, 77, 20, first, true)).toBeUndefined();
    expect(send(103, FRAME, FRAME_MS)).toEqual(NEXT);
  });

  it('begins with the first sound of another broadcaster, whatever it sent before', () => {
    const send = streamFrom(100);
    const second = { generation: 2, ssrc: 22 };
    expect(send(9, 5, 500, second, true)).toBeUndefined();
    expect(send(101, FRAME, 510, first)).toEqual(NEXT);
    expect(send(10, 5, 1_010, second)).toEqual({ packets: 1, samples: 24_000, startsSpurt: true });
    expect(send(102, 2 * FRAME, 1_020, first)).toBeUndefined();
  });

  it('goes on by the clock when the timestamps of a sender leap', () => {
    const send = streamFrom(100);
    expect(send(101, FRAME + 90 * 48_000, FRAME_MS)).toEqual({ ...NEXT, startsSpurt: true });
    expect(send(102, 2 * FRAME + 90 * 48_000, 2 * FRAME_MS)).toEqual(NEXT);
  });

  it('rises by one, and by the time that passed, when another broadcaster takes over', () => {
    const send = streamFrom(100, 7_000);
    const second = { generation: 2, ssrc: 22 };
    const takeover = { packets: 1, samples: 2_000 * 48, startsSpurt: true };
    expect(send(40_000, 4_000_000_000, 2_000, second)).toEqual(takeover);
    expect(send(40_001, 4_000_000_000 + FRAME, 2_060, second)).toEqual(NEXT);
  });

  it.each([
    ['changes its SSRC', 65_000, 3, { generation: 1, ssrc: 12 }],
    ['jumps to another sequence', 100, 20_000, first],
  ])('goes on rising when the sender %s', (_, from, to, sender) => {
    expect(streamFrom(from)(to, 9, FRAME_MS, sender)).toMatchObject({ packets: 1, samples: FRAME_MS * 48 });
  });

  it('drops a packet that comes far too late, and goes on as if it had never come', () => {
    const send = streamFrom(1_000);
    for (const [index, tooLate] of [700, 850].entries()) {
      expect(send(tooLate, 5, FRAME_MS)).toBeUndefined();
      expect(send(1_001 + index, (1 + index) * FRAME, FRAME_MS)).toEqual(NEXT);
    }
  });

  it('goes on rising when the sender begins anew with lower numbers, as its second packet in a row says', () => {
    const send = streamFrom(30_000);
    expect(send(7, 0, FRAME_MS)).toBeUndefined();
    expect(send(8, FRAME, 2 * FRAME_MS)).toMatchObject({ packets: 1, startsSpurt: true });
    expect(send(9, 2 * FRAME, 3 * FRAME_MS)).toMatchObject({ packets: 1 });
  });

  it('drops what a superseded broadcaster still sends', () => {
    const send = stream();
    send(5, 0, 0, { generation: 2, ssrc: 22 });
    expect(send(101, 0, 1)).toBeUndefined();
  });

  it('drops what a sender sent before the first packet that went out', () => {
    expect(streamFrom(100)(99, 0, 1)).toBeUndefined();
  });

  it('rises across the wrap of both numbers, forever', () => {
    const send = streamFrom(65_530, 2 ** 32 - FRAME);
    for (let packet = 1; packet <= 140_000; packet += 1) {
      const step = send((65_530 + packet) & 0xffff, (2 ** 32 - FRAME + packet * FRAME) >>> 0, packet * FRAME_MS);
      if (step?.packets !== 1 || step.samples !== FRAME) expect.unreachable(`packet ${packet} broke the sequence`);
    }
  });

  it('keeps the order and the time of every sound, whatever a network does to it and to the packets in between', () => {
    const packet = fc.record({ isEmpty: fc.boolean(), copies: fc.nat({ max: 2 }), delay: fc.nat(5) });
    const property = fc.property(fc.nat(0xffff), fc.nat(0xffffffff), fc.array(packet), (number, start, packets) => {
      const continuity = new RtpContinuity();
      const arrivals = packets
        .flatMap(({ isEmpty, copies, delay }, at) =>
          Array.from({ length: copies }, (_, copy) => ({ at, isEmpty, slot: at + delay * (copy + 1) })),
        )
        .sort((a, b) => a.slot - b.slot);
      const heard = arrivals.flatMap(({ at, isEmpty, slot }) => {
        const timestamp = (start + at * FRAME) >>> 0;
        const numbers = continuity.next(first, (number + at) & 0xffff, timestamp, slot * FRAME_MS, isEmpty);
        return numbers === undefined ? [] : [{ at, ...numbers }];
      });
      heard.sort((a, b) => a.index - b.index);
      for (const [rank, after] of heard.entries()) {
        const before = heard[rank - 1];
        if (before === undefined) continue;
        expect(after.at).toBeGreaterThan(before.at);
        expect((after.timestamp - before.timestamp) >>> 0).toBe((after.at - before.at) * FRAME);
      }
    });
    fc.assert(property, { numRuns: 500 });
  });
});
