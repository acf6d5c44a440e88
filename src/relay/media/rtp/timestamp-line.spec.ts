import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TimestampLine } from './timestamp-line.js';

const SECOND = 48_000;

/** What one packet adds to a sender's life. Times are in milliseconds. */
interface Turn {
  /** Packets lost before it. */
  readonly lost: number;
  /** In which the sender sends nothing, and its clock goes on: DTX, or a microphone turned off. */
  readonly pauseMs: number;
  /** How long the network or the relay holds everything back from here. */
  readonly holdMs: number;
  readonly jitterMs: number;
}

const FRAMES_MS = [2.5, 5, 10, 20, 40, 60, 120];
const rarely = (most: number): fc.Arbitrary<number> =>
  fc.oneof({ arbitrary: fc.constant(0), weight: 20 }, { arbitrary: fc.nat(most), weight: 1 });
const turns = fc.array(
  fc.record<Turn>({ lost: rarely(40), pauseMs: rarely(60_000), holdMs: rarely(20_000), jitterMs: fc.nat(60) }),
  { minLength: 2, maxLength: 200 },
);
const sender = fc.record({ frameMs: fc.constantFrom(...FRAMES_MS), start: fc.nat(0xffffffff), turns });

interface Sent {
  readonly index: number;
  /** Not wrapped. */
  readonly timestamp: number;
  readonly sentMs: number;
  readonly arrivesMs: number;
}

function packetsOf({ frameMs, start, turns: all }: { frameMs: number; start: number; turns: readonly Turn[] }): Sent[] {
  let index = 0;
  let sentMs = 0;
  let heldUntilMs = 0;
  return all.map(({ lost, pauseMs, holdMs, jitterMs }, turn) => {
    if (turn > 0) {
      index += 1 + lost;
      sentMs += (1 + lost) * frameMs + pauseMs;
      if (holdMs > 0) heldUntilMs = Math.max(heldUntilMs, sentMs + holdMs);
    }
    const arrivesMs = Math.max(heldUntilMs, sentMs + jitterMs);
    heldUntilMs = arrivesMs;
    return { index, timestamp: start + Math.round(sentMs * 48), sentMs, arrivesMs };
  });
}

const placeIn =
  (line: TimestampLine) =>
  ({ index, timestamp, arrivesMs }: Omit<Sent, 'sentMs'>) =>
    line.place({ index, sequence: 1 }, timestamp >>> 0, arrivesMs);

/** What listeners get of a sender of 20 ms packets that arrive when they are sent, with what it writes into each. */
function heard(timestamps: readonly number[], everyMs = 20) {
  const place = placeIn(new TimestampLine());
  const places = timestamps.map((timestamp, index) => place({ index, timestamp, arrivesMs: index * everyMs })!);
  const steps = places.slice(1).map(({ timestamp }, at) => (timestamp - places[at]!.timestamp) | 0);
  return { steps, anchors: places.flatMap(({ isAnchor }, at) => (isAnchor ? [at] : [])) };
}

const counted = (packets: number, from = 0): number[] => Array.from({ length: packets }, (_, at) => from + at * 960);

describe('TimestampLine', () => {
  it('follows every step of a sender through loss, jitter, pauses, and packets held back for 20 s', () => {
    const property = fc.property(sender, (life) => {
      const place = placeIn(new TimestampLine());
      const packets = packetsOf(life);
      const first = place(packets[0]!)!;
      expect(first.isAnchor).toBe(true);
      for (const packet of packets.slice(1)) {
        const { timestamp, isAnchor } = place(packet)!;
        expect(isAnchor).toBe(false);
        expect((timestamp - first.timestamp) >>> 0).toBe((packet.timestamp - packets[0]!.timestamp) >>> 0);
      }
    });
    fc.assert(property, { numRuns: 500 });
  });

  it('always rises by 2.5 ms or more, whatever a sender writes', () => {
    const anything = fc.record({
      timestamp: fc.oneof(fc.nat(0xffffffff), fc.nat(20_000), fc.constant(0)),
      skipped: rarely(3_000),
      waitMs: fc.oneof(fc.constant(0), fc.nat(100), fc.nat(30_000)),
      sequence: fc.nat({ max: 1 }),
    });
    const property = fc.property(fc.array(anything, { maxLength: 100 }), (packets) => {
      const line = new TimestampLine();
      let [index, nowMs, sequence] = [0, 0, 1];
      let before: number | undefined;
      for (const packet of packets) {
        index += 1 + packet.skipped;
        nowMs += packet.waitMs;
        sequence += packet.sequence;
        const { timestamp } = line.place({ index, sequence }, packet.timestamp, nowMs)!;
        if (before !== undefined) expect((timestamp - before) | 0).toBeGreaterThanOrEqual(120);
        before = timestamp;
      }
    });
    fc.assert(property, { numRuns: 500 });
  });

  it('stays within what jitter explains of the clock, however far the timestamps of a sender leap', () => {
    const leap = fc.oneof(fc.integer({ min: 3 * SECOND, max: 2 ** 31 }), fc.integer({ min: -(2 ** 31), max: -960 }));
    const property = fc.property(
      fc.array(fc.record({ leap: fc.oneof({ arbitrary: fc.constant(0), weight: 9 }, leap), jitterMs: fc.nat(60) })),
      (packets) => {
        const line = new TimestampLine();
        let timestamp = 0;
        let first: number | undefined;
        for (const [index, packet] of packets.entries()) {
          timestamp += 960 + packet.leap;
          const arrivesMs = index * 20 + packet.jitterMs;
          const out = placeIn(line)({ index, timestamp, arrivesMs })!.timestamp;
          first ??= out;
          // Each leap may add the delay of the packet that it came with.
          const leaps = packets.slice(0, index + 1).filter((other) => other.leap !== 0).length;
          expect(Math.abs(((out - first) | 0) / 48 - index * 20)).toBeLessThanOrEqual(60 * (leaps + 1) + 2.5);
        }
      },
    );
    fc.assert(property, { numRuns: 500 });
  });

  it.each([
    ['forward by 90 s', 90 * SECOND],
    ['back by 90 s', -90 * SECOND],
    ['back by 10 ms', -480 - 960],
    ['by half of all there is', 2 ** 31],
  ])('sets a sender that leaps %s by the clock, and follows it from there', (_name, leap) => {
    const { steps, anchors } = heard([...counted(5), ...counted(5, 5 * 960 + leap)]);
    expect(steps).toEqual(Array(9).fill(960));
    expect(anchors).toEqual([0, 5]);
  });

  it.each([
    ['stand still', 0],
    ['count packets', 1],
    ['count milliseconds', 20],
  ])('goes by the clock while the timestamps of a sender %s, and follows them when they go on', (_name, step) => {
    const broken = Array.from({ length: 50 }, (_, at) => 4 * 960 + (at + 1) * step);
    const { steps } = heard([...counted(5), ...broken, ...counted(5, 1_000_000)]);
    expect(steps).toEqual(Array(59).fill(960));
  });

  it('believes less than a second of leaps, until the sender is set by the clock', () => {
    const { anchors } = heard(Array.from({ length: 5 }, (_, at) => at * (960 + 40_000)));
    expect(anchors).toEqual([0, 2, 4]);
  });

  it('follows a sender whose first packets were held back, and believes a pause by the clock of the soonest', () => {
    const place = placeIn(new TimestampLine());
    const spoken = Array.from({ length: 400 }, (_, at) => ({ index: at, timestamp: at * 960, arrivesMs: 8_000 }));
    const heldBack = spoken.filter(({ index }) => index < 200 || index >= 230);
    const afterPause = { index: 400, timestamp: 12 * SECOND, arrivesMs: 12_000 };
    const heldBackAgain = { index: 401, timestamp: 12 * SECOND + 960, arrivesMs: 20_000 };
    const afterAnother = { index: 402, timestamp: 20 * SECOND, arrivesMs: 20_000 };
    const places = [...heldBack, afterPause, heldBackAgain, afterAnother].map(place);
    expect(places.filter((timed) => timed!.isAnchor)).toHaveLength(1);
  });

  it('goes on with the clock when timestamps stand still in packets that were held back', () => {
    const place = placeIn(new TimestampLine());
    const first = place({ index: 0, timestamp: 0, arrivesMs: 0 })!.timestamp;
    const arrivals = [3_000, 3_000, 3_000, 3_020, 3_040];
    const out = arrivals.map((arrivesMs, at) => place({ index: at + 1, timestamp: 0, arrivesMs })!.timestamp - first);
    expect(out).toEqual([3 * SECOND, 3 * SECOND + 120, 3 * SECOND + 240, 3 * SECOND + 1_200, 3 * SECOND + 2_160]);
  });

  it('believes a pause that the clock confirms, also when what came before it was held back', () => {
    const place = placeIn(new TimestampLine());
    const places = [
      { index: 0, timestamp: 0, arrivesMs: 0 },
      { index: 1, timestamp: 960, arrivesMs: 15_000 },
      { index: 2, timestamp: 12 * SECOND, arrivesMs: 15_000 },
    ].map(place);
    expect(places.map((timed) => timed!.isAnchor)).toEqual([true, false, false]);
    expect((places[2]!.timestamp - places[0]!.timestamp) >>> 0).toBe(12 * SECOND);
  });

  it('begins another sequence by the clock', () => {
    const line = new TimestampLine();
    const before = line.place({ index: 0, sequence: 1 }, 5, 0)!;
    const after = line.place({ index: 1, sequence: 2 }, 5 + 960, 700)!;
    expect(after).toEqual({ timestamp: (before.timestamp + 700 * 48) >>> 0, isAnchor: true });
  });

  it('gives a late packet its own time', () => {
    const place = placeIn(new TimestampLine());
    const first = place({ index: 0, timestamp: 0, arrivesMs: 0 })!.timestamp;
    place({ index: 3, timestamp: 3 * 960, arrivesMs: 60 });
    const late = place({ index: 2, timestamp: 2 * 960, arrivesMs: 65 });
    expect(late).toEqual({ timestamp: (first + 2 * 960) >>> 0, isAnchor: false });
  });

  it('drops a late packet from before the line was set by the clock', () => {
    const place = placeIn(new TimestampLine());
    place({ index: 0, timestamp: 10 * 960, arrivesMs: 0 });
    place({ index: 3, timestamp: 9 * 960, arrivesMs: 60 });
    place({ index: 8, timestamp: 14 * 960, arrivesMs: 160 });
    expect(place({ index: 2, timestamp: 12 * 960, arrivesMs: 165 })).toBeUndefined();
  });

  it.each([
    ['that claims a time before the line was set by the clock', 4, 1 * SECOND],
    ['that claims a time after the newest', 4, 100 * SECOND],
  ])('drops a late packet %s', (_name, index, timestamp) => {
    const place = placeIn(new TimestampLine());
    place({ index: 0, timestamp: 0, arrivesMs: 0 });
    place({ index: 3, timestamp: 90 * SECOND, arrivesMs: 60 });
    place({ index: 5, timestamp: 90 * SECOND + 1_920, arrivesMs: 100 });
    expect(place({ index, timestamp, arrivesMs: 105 })).toBeUndefined();
  });
});
