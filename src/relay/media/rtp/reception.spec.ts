import { describe, expect, it } from 'vitest';
import { Reception } from './reception.js';
import type { RtpPacket } from './rtp-packet.js';

const FRAME_MS = 20;

function packet(sequenceNumber: number, overrides: Partial<RtpPacket> = {}): RtpPacket {
  return {
    payloadType: 111,
    marker: false,
    sequenceNumber: sequenceNumber & 0xffff,
    timestamp: (sequenceNumber * FRAME_MS * 48) >>> 0,
    ssrc: 0xabcd,
    payload: Buffer.alloc(60),
    audioLevelDbov: undefined,
    ...overrides,
  };
}

describe('Reception', () => {
  it('has nothing to report before the first packet', () => {
    expect(new Reception().report(1, 0)).toBeUndefined();
  });

  it('reports a clean stream as one without loss or jitter', () => {
    const reception = new Reception();
    for (let n = 0; n < 50; n += 1) reception.receive(packet(n), n * FRAME_MS);
    const report = reception.report(0x1234, 1_000);
    expect(report?.readUInt32BE(4)).toBe(0x1234);
    expect(report?.readUInt32BE(8)).toBe(0xabcd);
    expect(report?.readUInt32BE(12)).toBe(0);
    expect(report?.readUInt32BE(16)).toBe(49);
    expect(report?.readUInt32BE(20)).toBe(0);
    expect(reception.packets).toBe(50);
    expect(reception.payloadBytes).toBe(50 * 60);
  });

  it('tells the fraction lost since the last report, and the total', () => {
    const reception = new Reception();
    for (let n = 0; n < 100; n += 1) if (n % 4 !== 1) reception.receive(packet(n), n * FRAME_MS);
    const report = reception.report(1, 2_000);
    expect(report?.readUInt8(12)).toBe(64);
    expect(reception.lost).toBe(25);
    for (let n = 100; n < 200; n += 1) reception.receive(packet(n), n * FRAME_MS);
    expect(reception.report(1, 4_000)?.readUInt32BE(12)).toBe(25);
  });

  it('counts sequence numbers across their wrap', () => {
    const reception = new Reception();
    for (let n = 65_530; n < 65_550; n += 1) reception.receive(packet(n), n * FRAME_MS);
    expect(reception.lost).toBe(0);
    expect(reception.report(1, 0)?.readUInt32BE(16)).toBe(65_549);
  });

  it('keeps the losses of a sender that changed its SSRC', () => {
    const reception = new Reception();
    reception.receive(packet(1), 0);
    reception.receive(packet(4), 60);
    reception.receive(packet(50_000, { ssrc: 2 }), 80);
    expect(reception.lost).toBe(2);
  });

  it('sees no jitter where the timestamp wraps', () => {
    const reception = new Reception();
    for (let n = 0; n < 10; n += 1) {
      reception.receive(packet(n, { timestamp: (2 ** 32 - 4_800 + n * 960) >>> 0 }), n * FRAME_MS);
    }
    expect(reception.report(1, 0)?.readUInt32BE(20)).toBe(0);
  });

  it('echoes the sender report and the delay since it', () => {
    const reception = new Reception();
    reception.receive(packet(1), 0);
    const senderReport = Buffer.alloc(28);
    senderReport.writeUInt8(0x80, 0);
    senderReport.writeUInt8(200, 1);
    senderReport.writeUInt32BE(0x11112222, 8);
    senderReport.writeUInt32BE(0x33334444, 12);
    reception.receiveRtcp(senderReport, 1_000);
    const report = reception.report(1, 1_500);
    expect(report?.readUInt32BE(24)).toBe(0x22223333);
    expect(report?.readUInt32BE(28)).toBe(32_768);
  });

  it('ignores RTCP that is too short or no sender report', () => {
    const reception = new Reception();
    reception.receive(packet(1), 0);
    reception.receiveRtcp(Buffer.from('80c90001aaaaaaaa', 'hex'), 1);
    reception.receiveRtcp(Buffer.from('80c8', 'hex'), 1);
    expect(reception.report(1, 2)?.readUInt32BE(24)).toBe(0);
  });
});
