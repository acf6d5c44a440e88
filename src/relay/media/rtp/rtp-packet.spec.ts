import { describe, expect, it } from 'vitest';
import { isRtcp, parseRtp } from './rtp-packet.js';

/** Version 2, payload type 111, sequence 0xeff0, timestamp 0x01020304, SSRC 0x0a0b0c0d. */
const HEADER = '806feff0010203040a0b0c0d';
const hex = (...parts: string[]): Buffer => Buffer.from(parts.join(''), 'hex');

describe('parseRtp', () => {
  it('reads a bare packet', () => {
    expect(parseRtp(hex(HEADER, '7801'), undefined)).toEqual({
      payloadType: 111,
      marker: false,
      sequenceNumber: 0xeff0,
      timestamp: 0x01020304,
      ssrc: 0x0a0b0c0d,
      payload: hex('7801'),
      audioLevelDbov: undefined,
    });
  });

  it('reads the marker bit', () => {
    expect(parseRtp(hex('80ef', HEADER.slice(4), '78'), undefined)?.marker).toBe(true);
  });

  it('strips CSRCs', () => {
    expect(parseRtp(hex('826f', HEADER.slice(4), '1111111122222222', '78'), undefined)?.payload).toEqual(hex('78'));
  });

  it('strips header extensions and reads the audio level among them', () => {
    const extensions = 'bede0002' + '40aa' + '0000' + '10a5' + '0000';
    const packet = parseRtp(hex('906f', HEADER.slice(4), extensions, '78'), 1);
    expect(packet?.payload).toEqual(hex('78'));
    expect(packet?.audioLevelDbov).toBe(-0x25);
  });

  it('strips padding', () => {
    expect(parseRtp(hex('a06f', HEADER.slice(4), '78', '000003'), undefined)?.payload).toEqual(hex('78'));
  });

  it.each([
    ['a bare header', HEADER],
    ['padding alone', `a06f${HEADER.slice(4)}000003`],
    ['CSRCs and padding alone', `a16f${HEADER.slice(4)}11111111` + '0002'],
    ['an extension alone', `906f${HEADER.slice(4)}bede0001` + '10a50000'],
  ])('reads %s as a packet without sound', (_name, bytes) => {
    expect(parseRtp(hex(bytes), 1)).toMatchObject({ sequenceNumber: 0xeff0, payload: Buffer.alloc(0) });
  });

  it.each([
    ['nothing', ''],
    ['a header cut short', HEADER.slice(0, -2)],
    ['version 1', `406f${HEADER.slice(4)}78`],
    ['more CSRCs than bytes', `8f6f${HEADER.slice(4)}78`],
    ['an extension longer than the packet', `906f${HEADER.slice(4)}bedeffff` + `78`],
    ['an extension header cut short', `906f${HEADER.slice(4)}be`],
    ['padding of zero', `a06f${HEADER.slice(4)}7800`],
    ['padding longer than the payload', `a06f${HEADER.slice(4)}7803`],
    ['padding that reaches into the CSRCs', `a16f${HEADER.slice(4)}11111111` + '02'],
    ['padding that reaches into an extension', `b06f${HEADER.slice(4)}bede0001` + '10a50005'],
  ])('refuses %s', (_name, bytes) => {
    expect(parseRtp(hex(bytes), 1)).toBeUndefined();
  });
});

describe('isRtcp', () => {
  it('tells RTCP from RTP by the second byte (RFC 5761)', () => {
    expect(isRtcp(hex('80c8'))).toBe(true);
    expect(isRtcp(hex('81c9'))).toBe(true);
    expect(isRtcp(hex('806f'))).toBe(false);
    expect(isRtcp(hex('80ef'))).toBe(false);
  });
});
