import { describe, expect, it } from 'vitest';
import { readCompound } from './rtcp-compound.js';
import { senderReport, timestampAt } from './sender-report.js';

const identity = { ssrc: 0xabcd, cname: 'voice' };
const SENT = { packets: 7, payloadBytes: 400 };

describe('senderReport', () => {
  it('tells an instant by both clocks, and what was sent so far', () => {
    const wallClockMs = Date.UTC(2026, 10, 27, 12, 0, 0, 250);
    const [report, description, ...more] = readCompound(senderReport(identity, wallClockMs, 96_000, SENT));
    expect(report).toMatchObject({ type: 200, count: 0 });
    const { body } = report!;
    expect(body.length).toBe(24);
    expect(body.readUInt32BE(0)).toBe(0xabcd);
    const sinceNtpEpochMs = Date.UTC(2026, 10, 27, 12, 0, 0) - Date.UTC(1900, 0, 1);
    expect(body.readUInt32BE(4)).toBe(sinceNtpEpochMs / 1_000);
    expect(body.readUInt32BE(8)).toBe(2 ** 30);
    expect([12, 16, 20].map((at) => body.readUInt32BE(at))).toEqual([96_000, 7, 400]);
    expect(description).toMatchObject({ type: 202, count: 1 });
    expect(description?.body.toString('latin1')).toContain('voice');
    expect(more).toEqual([]);
  });

  it.each([
    ['in the last millisecond of a second', Date.UTC(2026, 0, 1) + 999.999],
    ['in the next era of NTP', Date.UTC(2040, 0, 1)],
  ])('fits its fields %s', (_name, wallClockMs) => {
    const sent = { packets: 2 ** 32 + 5, payloadBytes: 2 ** 40 + 6 };
    const body = readCompound(senderReport(identity, wallClockMs, 2 ** 32 - 1, sent))[0]!.body;
    expect([12, 16, 20].map((at) => body.readUInt32BE(at))).toEqual([2 ** 32 - 1, 5, 6]);
  });
});

describe('timestampAt', () => {
  it('goes on from the last packet with the clock, across the wrap', () => {
    expect(timestampAt({ timestamp: 1_000, atMs: 500 }, 600)).toBe(1_000 + 4_800);
    expect(timestampAt({ timestamp: 2 ** 32 - 48, atMs: 0 }, 2)).toBe(48);
  });
});
