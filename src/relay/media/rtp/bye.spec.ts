import { describe, expect, it } from 'vitest';
import { goodbye, isBye } from './bye.js';
import { readCompound } from './rtcp-compound.js';
import { senderReport } from './sender-report.js';

const identity = { ssrc: 0xaaaaaaaa, cname: 'voice' };
const hex = (...parts: string[]): Buffer => Buffer.from(parts.join(''), 'hex');
const types = (datagram: Buffer): number[] => readCompound(datagram).map(({ type }) => type);

describe('goodbye', () => {
  it('begins with a report and names its source, as a compound must', () => {
    expect(types(goodbye(identity))).toEqual([201, 202, 203]);
  });

  it('ends the report of a sender', () => {
    const report = senderReport(identity, Date.now(), 0, { packets: 1, payloadBytes: 1 });
    expect(types(goodbye(identity, report))).toEqual([200, 202, 203]);
  });

  it('is read as one', () => {
    expect(isBye(goodbye(identity), new Set([identity.ssrc]))).toBe(true);
  });
});

describe('isBye', () => {
  const ssrcs = new Set([1, 2]);
  const report = '80c90001aaaaaaaa';
  it.each([
    ['behind other packets', `${report}81cb000100000002`, true],
    ['before other packets', `81cb000100000002${report}`, true],
    ['of several sources', '82cb00020000000900000001', true],
    ['with a reason', '81cb000300000001' + '03627965' + '00000000', true],
    ['of somebody else', '81cb000100000003', false],
    ['of nobody', '80cb000100000001', false],
    ['of more sources than it holds', '82cb000100000001', false],
    ['beside garbage', '81cb000100000001ff', false],
    ['that is none', report, false],
    ['that is empty', '', false],
  ])('reads a goodbye %s', (_name, bytes, expected) => {
    expect(isBye(hex(bytes), ssrcs)).toBe(expected);
  });
});
