import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Reception } from './reception.js';
import { reportsLoss } from './receiver-reports.js';
import { RtpContinuity } from './rtp-continuity.js';
import { isRtcp, parseRtp, type RtpPacket } from './rtp-packet.js';

const RUNS = { numRuns: 2_000 };

const datagram = fc.uint8Array({ maxLength: 1_500 }).map((bytes) => Buffer.from(bytes));
/** Begins as RTP does, so that what follows is looked at. */
const rtpLike = fc
  .tuple(fc.integer({ min: 0x80, max: 0xbf }), fc.uint8Array({ maxLength: 300 }))
  .map(([first, rest]) => Buffer.from([first, ...rest]));
const rtcpLike = fc
  .tuple(fc.integer({ min: 0x80, max: 0xbf }), fc.integer({ min: 192, max: 223 }), fc.uint8Array({ maxLength: 300 }))
  .map(([first, second, rest]) => Buffer.from([first, second, ...rest]));
const anything = fc.oneof(datagram, rtpLike, rtcpLike);
const extensionId = fc.option(fc.integer({ min: 1, max: 14 }), { nil: undefined });

const uint16 = fc.nat(0xffff);
const uint32 = fc.nat(0xffffffff);
const packet: fc.Arbitrary<RtpPacket> = fc.record({
  payloadType: fc.nat(127),
  marker: fc.boolean(),
  sequenceNumber: uint16,
  timestamp: uint32,
  ssrc: fc.oneof(fc.nat(2), uint32),
  payload: fc.uint8Array({ minLength: 1, maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
  audioLevelDbov: fc.option(fc.integer({ min: -127, max: 0 }), { nil: undefined }),
});

describe('whatever a peer sends', () => {
  it('is RTP with a payload from inside the datagram, or nothing', () => {
    const property = fc.property(anything, extensionId, (bytes, id) => {
      const parsed = parseRtp(bytes, id);
      if (parsed === undefined) return;
      expect(parsed.payload.length).toBeGreaterThan(0);
      expect(bytes.includes(parsed.payload)).toBe(true);
      expect(parsed.payload.length).toBeLessThanOrEqual(bytes.length - 12);
      if (parsed.audioLevelDbov !== undefined) {
        expect(parsed.audioLevelDbov).toBeGreaterThanOrEqual(-127);
        expect(parsed.audioLevelDbov).toBeLessThanOrEqual(0);
      }
    });
    fc.assert(property, RUNS);
  });

  it('is a report of loss, or not', () => {
    fc.assert(
      fc.property(anything, (bytes) => {
        expect(reportsLoss(bytes)).toBeTypeOf('boolean');
      }),
      RUNS,
    );
  });

  it('leaves reports that can be sent, of numbers that make sense', () => {
    const step = fc.record({ packet, rtcp: rtcpLike, waitMs: fc.nat(10_000) });
    const property = fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), (steps) => {
      const reception = new Reception();
      let nowMs = 0;
      for (const { packet: received, rtcp, waitMs } of steps) {
        nowMs += waitMs;
        reception.receiveRtcp(rtcp, nowMs);
        reception.receive(received, nowMs);
        const report = reception.report(1, nowMs)!;
        expect(isRtcp(report)).toBe(true);
        expect(report.readUInt32BE(8)).toBe(received.ssrc);
        expect(reception.lost).toBeGreaterThanOrEqual(0);
      }
      expect(reception.packets).toBe(steps.length);
    });
    fc.assert(property, { numRuns: 500 });
  });

  it('goes on to listeners with numbers that fit their fields, and never back before where a sender began', () => {
    const step = fc.record({ generation: fc.nat(3), packet, waitMs: fc.nat(100_000) });
    const property = fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
      const continuity = new RtpContinuity();
      let nowMs = 0;
      let newestGeneration = 0;
      for (const { generation, packet: sent, waitMs } of steps) {
        nowMs += waitMs;
        const numbers = continuity.next({ generation, ssrc: sent.ssrc }, sent.sequenceNumber, sent.timestamp, nowMs);
        if (numbers === undefined) continue;
        expect(generation).toBeGreaterThanOrEqual(newestGeneration);
        newestGeneration = generation;
        const header = Buffer.alloc(8);
        header.writeUInt16BE(numbers.sequenceNumber, 2);
        header.writeUInt32BE(numbers.timestamp, 4);
      }
    });
    fc.assert(property, { numRuns: 500 });
  });
});
