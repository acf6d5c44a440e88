import { describe, expect, it } from 'vitest';
import { readCompound, RTCP_TYPES, rtcpPacket, sourceDescription } from './rtcp-compound.js';

const hex = (...parts: string[]): Buffer => Buffer.from(parts.join(''), 'hex');
const REPORT = '80c90001aaaaaaaa';
const GOODBYE = '81cb0001aaaaaaaa';

describe('readCompound', () => {
  it('reads one packet after the other', () => {
    expect(readCompound(hex(REPORT, GOODBYE))).toEqual([
      { type: RTCP_TYPES.receiverReport, count: 0, body: hex('aaaaaaaa') },
      { type: RTCP_TYPES.goodbye, count: 1, body: hex('aaaaaaaa') },
    ]);
  });

  it('reads a packet that comes alone, whatever it is', () => {
    expect(readCompound(hex('8fce0002aaaaaaaabbbbbbbb'))).toMatchObject([{ type: 206, count: 15 }]);
  });

  it('strips the padding of the last packet', () => {
    expect(readCompound(hex(REPORT, 'a1cb0002aaaaaaaa00000004'))[1]?.body).toEqual(hex('aaaaaaaa'));
  });

  it('reads 64 packets, and of more none', () => {
    expect(readCompound(hex(...Array<string>(64).fill(REPORT)))).toHaveLength(64);
    expect(readCompound(hex(...Array<string>(65).fill(REPORT)))).toEqual([]);
  });

  it.each([
    ['nothing', ''],
    ['a header cut short', '80c9'],
    ['a length past the end', `${REPORT}80c90002aaaaaaaa`],
    ['bytes left over', `${REPORT}8000`],
    ['version 1', `${REPORT}41cb0001aaaaaaaa`],
    ['padding before the last packet', `a0c90002aaaaaaaa00000004${GOODBYE}`],
    ['padding of zero', 'a1cb0002aaaaaaaa00000000'],
    ['padding of half a word', 'a1cb0002aaaaaaaa00000006'],
    ['padding longer than its packet', 'a1cb0001000000fc'],
    ['padding in a packet without room', 'a0cb0000'],
  ])('reads nothing from %s', (_name, bytes) => {
    expect(readCompound(hex(bytes))).toEqual([]);
  });
});

describe('sourceDescription', () => {
  it.each([
    ['ab', '81ca0003' + '000000ff' + '01026162' + '00000000'],
    ['abc', '81ca0003' + '000000ff' + '01036162' + '63000000'],
    ['abcde', '81ca0003' + '000000ff' + '01056162' + '63646500'],
    ['é', '81ca0003' + '000000ff' + '0102c3a9' + '00000000'],
  ])('names %s, ended by a zero and filled up to a word', (cname, bytes) => {
    expect(sourceDescription({ ssrc: 0xff, cname }).toString('hex')).toBe(bytes);
  });
});

describe('rtcpPacket', () => {
  it('says how long it is in words, less one', () => {
    expect(rtcpPacket(RTCP_TYPES.goodbye, 1, hex('aaaaaaaa'))).toEqual(hex(GOODBYE));
  });
});
