import { describe, expect, it } from 'vitest';
import { RtpContinuity, type ContinuedNumbers } from './rtp-continuity.js';

const FRAME = 2_880;
const FRAME_MS = 60;
const first = { generation: 1, ssrc: 11 };

function numbers(result: ContinuedNumbers | undefined): ContinuedNumbers {
  if (result === undefined) throw new Error('the packet was dropped');
  return result;
}

/** By how much a wrapped 16-bit or 32-bit number rose. */
const rise16 = (from: number, to: number): number => (to - from) & 0xffff;
const rise32 = (from: number, to: number): number => (to - from) >>> 0;

describe('RtpContinuity', () => {
  it('keeps the steps of one sender', () => {
    const stream = new RtpContinuity();
    const a = numbers(stream.next(first, 100, 5_000, 0));
    const b = numbers(stream.next(first, 101, 5_000 + FRAME, FRAME_MS));
    expect(a.startsSpurt).toBe(true);
    expect(b.startsSpurt).toBe(false);
    expect(rise16(a.sequenceNumber, b.sequenceNumber)).toBe(1);
    expect(rise32(a.timestamp, b.timestamp)).toBe(FRAME);
  });

  it('keeps gaps, so that receivers see what was lost', () => {
    const stream = new RtpContinuity();
    const a = numbers(stream.next(first, 100, 0, 0));
    const b = numbers(stream.next(first, 105, 5 * FRAME, 5 * FRAME_MS));
    expect(rise16(a.sequenceNumber, b.sequenceNumber)).toBe(5);
  });

  it('keeps the place of a packet that comes late', () => {
    const stream = new RtpContinuity();
    const a = numbers(stream.next(first, 100, 0, 0));
    numbers(stream.next(first, 102, 2 * FRAME, FRAME_MS));
    const late = numbers(stream.next(first, 101, FRAME, FRAME_MS));
    const d = numbers(stream.next(first, 103, 3 * FRAME, 2 * FRAME_MS));
    expect(rise16(a.sequenceNumber, late.sequenceNumber)).toBe(1);
    expect(rise16(a.sequenceNumber, d.sequenceNumber)).toBe(3);
  });

  it('rises by one, and by the time that passed, when another broadcaster takes over', () => {
    const stream = new RtpContinuity();
    const a = numbers(stream.next(first, 100, 7_000, 0));
    const b = numbers(stream.next({ generation: 2, ssrc: 22 }, 40_000, 4_000_000_000, 2_000));
    expect(b.startsSpurt).toBe(true);
    expect(rise16(a.sequenceNumber, b.sequenceNumber)).toBe(1);
    expect(rise32(a.timestamp, b.timestamp)).toBe(2_000 * 48);
    const c = numbers(stream.next({ generation: 2, ssrc: 22 }, 40_001, 4_000_000_000 + FRAME, 2_060));
    expect(rise16(b.sequenceNumber, c.sequenceNumber)).toBe(1);
    expect(rise32(b.timestamp, c.timestamp)).toBe(FRAME);
  });

  it('goes on rising when the sender changes its SSRC', () => {
    const stream = new RtpContinuity();
    const a = numbers(stream.next(first, 65_000, 0, 0));
    const b = numbers(stream.next({ generation: 1, ssrc: 12 }, 3, 9, FRAME_MS));
    expect(rise16(a.sequenceNumber, b.sequenceNumber)).toBe(1);
    expect(rise32(a.timestamp, b.timestamp)).toBe(FRAME_MS * 48);
  });

  it('goes on rising when the sender jumps to another sequence', () => {
    const stream = new RtpContinuity();
    const a = numbers(stream.next(first, 100, 0, 0));
    const b = numbers(stream.next(first, 20_000, 77, FRAME_MS));
    expect(rise16(a.sequenceNumber, b.sequenceNumber)).toBe(1);
  });

  it('drops a packet that comes far too late, and goes on as if it had never come', () => {
    const stream = new RtpContinuity();
    const a = numbers(stream.next(first, 1_000, 0, 0));
    for (const tooLate of [700, 850]) {
      expect(stream.next(first, tooLate, 5, FRAME_MS)).toBeUndefined();
      const next = numbers(stream.next(first, 1_001, FRAME, FRAME_MS));
      expect(rise16(a.sequenceNumber, next.sequenceNumber)).toBe(1);
      expect(rise32(a.timestamp, next.timestamp)).toBe(FRAME);
      expect(next.startsSpurt).toBe(false);
    }
  });

  it('goes on rising when the sender begins anew with lower numbers, as its second packet in a row says', () => {
    const stream = new RtpContinuity();
    const a = numbers(stream.next(first, 30_000, 0, 0));
    expect(stream.next(first, 7, 0, FRAME_MS)).toBeUndefined();
    const b = numbers(stream.next(first, 8, FRAME, 2 * FRAME_MS));
    expect(b.startsSpurt).toBe(true);
    expect(rise16(a.sequenceNumber, b.sequenceNumber)).toBe(1);
    const c = numbers(stream.next(first, 9, 2 * FRAME, 3 * FRAME_MS));
    expect(rise16(b.sequenceNumber, c.sequenceNumber)).toBe(1);
  });

  it('drops what a superseded broadcaster still sends', () => {
    const stream = new RtpContinuity();
    numbers(stream.next({ generation: 2, ssrc: 22 }, 5, 0, 0));
    expect(stream.next(first, 101, 0, 1)).toBeUndefined();
  });

  it('drops what a sender sent before the first packet that went out', () => {
    const stream = new RtpContinuity();
    numbers(stream.next(first, 100, 0, 0));
    expect(stream.next(first, 99, 0, 1)).toBeUndefined();
  });

  it('rises across the wrap of both numbers, forever', () => {
    const stream = new RtpContinuity();
    let last = numbers(stream.next(first, 65_530, 2 ** 32 - FRAME, 0));
    for (let packet = 1; packet <= 140_000; packet += 1) {
      const next = numbers(
        stream.next(first, (65_530 + packet) & 0xffff, (2 ** 32 - FRAME + packet * FRAME) >>> 0, packet * FRAME_MS),
      );
      if (rise16(last.sequenceNumber, next.sequenceNumber) !== 1 || rise32(last.timestamp, next.timestamp) !== FRAME) {
        expect.unreachable(`packet ${String(packet)} broke the sequence`);
      }
      last = next;
    }
  });
});
