import { describe, expect, it } from 'vitest';
import { Reception } from './reception.js';
import { readCompound } from './rtcp-compound.js';
import type { RtpPacket } from './rtp-packet.js';

const FRAME_MS = 20;
const REPORTER = { ssrc: 0x1234, cname: 'relay' };

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

const EMPTY_REPORT = Buffer.from('80c90001aaaaaaaa', 'hex');

function senderReportOf(ssrc: number): Buffer {
  const report = Buffer.alloc(28);
  report.writeUInt32BE(0x80c80006, 0);
  report.writeUInt32BE(ssrc, 4);
  report.writeUInt32BE(0x11112222, 8);
  report.writeUInt32BE(0x33334444, 12);
  return report;
}

describe('Reception', () => {
  it('has nothing to report before the first packet', () => {
    expect(new Reception().report(REPORTER, 0)).toBeUndefined();
  });

  it('reports a clean stream as one without loss or jitter', () => {
    const reception = new Reception();
    for (let n = 0; n < 50; n += 1) reception.receive(packet(n), n * FRAME_MS);
    const report = reception.report(REPORTER, 1_000);
    expect(report?.readUInt32BE(4)).toBe(0x1234);
    expect(report?.readUInt32BE(8)).toBe(0xabcd);
    expect(report?.readUInt32BE(12)).toBe(0);
    expect(report?.readUInt32BE(16)).toBe(49);
    expect(report?.readUInt32BE(20)).toBe(0);
    expect(reception.packets).toBe(50);
    expect(reception.payloadBytes).toBe(50 * 60);
  });

  it('names itself behind each report, as a compound must', () => {
    const reception = new Reception();
    reception.receive(packet(1), 0);
    const packets = readCompound(reception.report(REPORTER, 0)!);
    expect(packets.map(({ type, count }) => [type, count])).toEqual([
      [201, 1],
      [202, 1],
    ]);
  });

  it('takes a packet without sound for one that came, and learns nothing of the network from its timestamp', () => {
    const reception = new Reception();
    const empty = { payload: Buffer.alloc(0), timestamp: 7 };
    for (let n = 0; n < 50; n += 1) reception.receive(packet(n, n % 5 === 3 ? empty : {}), n * FRAME_MS);
    const report = reception.report(REPORTER, 1_000);
    expect(report?.readUInt32BE(12)).toBe(0);
    expect(report?.readUInt32BE(20)).toBe(0);
    expect(reception.packets).toBe(50);
    expect(reception.payloadBytes).toBe(40 * 60);
  });

  it('tells the fraction lost since the last report, and the total', () => {
    const reception = new Reception();
    for (let n = 0; n < 100; n += 1) if (n % 4 !== 1) reception.receive(packet(n), n * FRAME_MS);
    const report = reception.report(REPORTER, 2_000);
    expect(report?.readUInt8(12)).toBe(64);
    expect(reception.lost).toBe(25);
    for (let n = 100; n < 200; n += 1) reception.receive(packet(n), n * FRAME_MS);
    expect(reception.report(REPORTER, 4_000)?.readUInt32BE(12)).toBe(25);
  });

  it('counts sequence numbers across their wrap', () => {
    const reception = new Reception();
    for (let n = 65_530; n < 65_550; n += 1) reception.receive(packet(n), n * FRAME_MS);
    expect(reception.lost).toBe(0);
    expect(reception.report(REPORTER, 0)?.readUInt32BE(16)).toBe(65_549);
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
    expect(reception.report(REPORTER, 0)?.readUInt32BE(20)).toBe(0);
  });

  it('echoes the sender report and the delay since it, wherever in the compound it stands', () => {
    const reception = new Reception();
    reception.receive(packet(1), 0);
    reception.receiveRtcp(Buffer.concat([EMPTY_REPORT, senderReportOf(0xabcd)]), 1_000);
    const report = reception.report(REPORTER, 1_500);
    expect(report?.readUInt32BE(24)).toBe(0x22223333);
    expect(report?.readUInt32BE(28)).toBe(32_768);
  });

  it.each([
    ['no sender report', EMPTY_REPORT],
    ['a sender report of somebody else', senderReportOf(0xabce)],
    ['a sender report that is cut short', senderReportOf(0xabcd).subarray(0, -4)],
    ['a sender report beside garbage', Buffer.concat([senderReportOf(0xabcd), Buffer.from('80c9ffff', 'hex')])],
  ])('learns no clock from %s', (_name, datagram) => {
    const reception = new Reception();
    reception.receive(packet(1), 0);
    reception.receiveRtcp(datagram, 1);
    expect(reception.report(REPORTER, 2)?.readUInt32BE(24)).toBe(0);
  });
});
