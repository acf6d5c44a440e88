import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isBye } from './bye.js';
import { Reception } from './reception.js';
import { readCompound } from './rtcp-compound.js';
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
/** RTCP whose lengths are right, with anything in it. */
const rtcpPacketLike = fc
  .record({ count: fc.nat(31), padded: fc.boolean(), type: fc.integer({ min: 199, max: 205 }), words: fc.nat(14) })
  .chain(({ count, padded, type, words }) =>
    fc
      .uint8Array({ minLength: words * 4, maxLength: words * 4 })
      .map((body) => Buffer.from([0x80 | (padded ? 0x20 : 0) | count, type, 0, words, ...body])),
  );
const compound = fc.array(rtcpPacketLike, { maxLength: 6 }).map((packets) => Buffer.concat(packets));
const anything = fc.oneof(datagram, rtpLike, rtcpLike, compound);
const extensionId = fc.option(fc.integer({ min: 1, max: 14 }), { nil: undefined });

const uint16 = fc.nat(0xffff);
const uint32 = fc.nat(0xffffffff);
const packet: fc.Arbitrary<RtpPacket> = fc.record({
  payloadType: fc.nat(127),
  marker: fc.boolean(),
  sequenceNumber: uint16,
  timestamp: uint32,
  ssrc: fc.oneof(fc.nat(2), uint32),
  payload: fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
  audioLevelDbov: fc.option(fc.integer({ min: -127, max: 0 }), { nil: undefined }),
});

describe('whatever a peer sends', () => {
  it('is RTP with a payload from inside the datagram, or nothing', () => {
    const property = fc.property(anything, extensionId, (bytes, id) => {
      const parsed = parseRtp(bytes, id);
      if (parsed === undefined) return;
      expect(bytes.includes(parsed.payload)).toBe(true);
      expect(parsed.payload.length).toBeLessThanOrEqual(bytes.length - 12);
      if (parsed.audioLevelDbov !== undefined) {
        expect(parsed.audioLevelDbov).toBeGreaterThanOrEqual(-127);
        expect(parsed.audioLevelDbov).toBeLessThanOrEqual(0);
      }
    });
    fc.assert(property, RUNS);
  });

  it('is RTCP cut at its own borders, or nothing, and says goodbye or not', () => {
    const property = fc.property(anything, (bytes) => {
      const packets = readCompound(bytes);
      const bodyBytes = packets.reduce((sum, { body }) => sum + body.length, 0);
      expect(bodyBytes + 4 * packets.length).toBeLessThanOrEqual(bytes.length);
      expect(isBye(bytes, { has: () => true })).toBeTypeOf('boolean');
    });
    fc.assert(property, RUNS);
  });

  it('leaves reports that can be sent, of numbers that make sense', () => {
    const step = fc.record({ packet, rtcp: fc.oneof(rtcpLike, compound), waitMs: fc.nat(10_000) });
    const property = fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), (steps) => {
      const reception = new Reception();
      let nowMs = 0;
      for (const { packet: received, rtcp, waitMs } of steps) {
        nowMs += waitMs;
        reception.receiveRtcp(rtcp, nowMs);
        reception.receive(received, nowMs);
        const report = reception.report({ ssrc: 1, cname: 'relay' }, nowMs)!;
        expect(isRtcp(report)).toBe(true);
        expect(readCompound(report)).toHaveLength(2);
        expect(report.readUInt32BE(8)).toBe(received.ssrc);
        expect(reception.lost).toBeGreaterThanOrEqual(0);
      }
      expect(reception.packets).toBe(steps.length);
    });
    fc.assert(property, { numRuns: 500 });
  });

  it('goes on to listeners under a number of its own, with a timestamp that fits, and never for one who was succeeded', () => {
    const step = fc.record({ generation: fc.nat(3), packet, waitMs: fc.nat(100_000) });
    const property = fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
      const continuity = new RtpContinuity();
      const given = new Set<number>();
      let nowMs = 0;
      let newestGeneration = 0;
      for (const { generation, packet: sent, waitMs } of steps) {
        nowMs += waitMs;
        const { ssrc, sequenceNumber, timestamp, payload } = sent;
        const numbers = continuity.next({ generation, ssrc }, sequenceNumber, timestamp, nowMs, payload.length === 0);
        if (numbers === undefined) continue;
        expect(generation).toBeGreaterThanOrEqual(newestGeneration);
        newestGeneration = generation;
        expect(payload.length).toBeGreaterThan(0);
        expect(given.has(numbers.index)).toBe(false);
        given.add(numbers.index);
        expect(Number.isSafeInteger(numbers.index) && numbers.index >= 0).toBe(true);
        Buffer.alloc(4).writeUInt32BE(numbers.timestamp);
      }
    });
    fc.assert(property, { numRuns: 500 });
  });
});
