import { describe, expect, it } from 'vitest';
import { MIN_PROBE_BYTES, readProbe, writeProbe } from './probe-payload.js';
import { readRtp, receiverReport, RTP_HEADER_BYTES, writeRtpHeader } from './rtp.js';

describe('readRtp', () => {
  it('reads back the header that was written, wrapped to its widths', () => {
    const packet = Buffer.alloc(RTP_HEADER_BYTES + 4);
    writeRtpHeader(packet, { payloadType: 111, sequence: 65_537, timestamp: 2 ** 32 + 5, ssrc: 0xdeadbeef });
    expect(readRtp(packet)).toEqual({ sequence: 1, ssrc: 0xdeadbeef, payloadOffset: 12 });
    expect(packet.readUInt32BE(4)).toBe(5);
  });

  it('finds the payload behind contributing sources and a header extension', () => {
    const packet = Buffer.alloc(40);
    packet.writeUInt8(0x80 | 0x10 | 2, 0);
    packet.writeUInt8(111, 1);
    packet.writeUInt16BE(1, 12 + 8 + 2);
    expect(readRtp(packet)?.payloadOffset).toBe(12 + 8 + 4 + 4);
  });

  it('passes over RTCP and what is too short', () => {
    expect(
      readRtp(receiverReport({ reporterSsrc: 1, mediaSsrc: 2, highestSequence: 3, totalLost: 0 })),
    ).toBeUndefined();
    expect(readRtp(Buffer.alloc(11, 0x80))).toBeUndefined();
  });
});

describe('receiverReport', () => {
  it('is one report block whose length field matches', () => {
    const report = receiverReport({ reporterSsrc: 1, mediaSsrc: 2, highestSequence: 70_000, totalLost: 9 });
    expect(report.toString('hex')).toBe(`81c9000700000001000000020000000900011170${'00'.repeat(12)}`);
  });
});

describe('probe payload', () => {
  it('carries number and time through a packet', () => {
    const payload = Buffer.alloc(MIN_PROBE_BYTES);
    writeProbe(payload, 60, { counter: 4_000_000_000, sentAtMs: 1234.5 });
    expect(readProbe(payload, 0)).toEqual({ counter: 4_000_000_000, sentAtMs: 1234.5 });
  });

  it('is not seen in audio that was encoded anew', () => {
    expect(readProbe(Buffer.alloc(72, 0x5a), 0)).toBeUndefined();
  });
});
