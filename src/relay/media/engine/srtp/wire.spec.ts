import { describe, expect, it } from 'vitest';
import { rtcpParts, rtpHeaderBytes } from './wire.js';

describe('where the parts of a packet lie', () => {
  it.each([
    ['806f00010000000000000001', 12],
    ['826f0001000000000000000100000000ffffffff', 20],
    ['906f00010000000000000001bede000111223344', 20],
    ['916f0001000000000000000100000000bede0000ff', 20],
  ])('finds the end of an RTP header: %s', (packet, end) => {
    expect(rtpHeaderBytes(Buffer.from(packet, 'hex'))).toBe(end);
  });

  it.each([
    ['no bytes', ''],
    ['another version', '406f00010000000000000001'],
    ['a header cut', '806f000100000000000000'],
    ['CSRCs past the end', '816f00010000000000000001000000'],
    ['an extension’s head past the end', '906f00010000000000000001bede00'],
    ['an extension past the end', '906f00010000000000000001bedeffff11223344'],
  ])('finds none with %s', (_, packet) => {
    expect(rtpHeaderBytes(Buffer.from(packet, 'hex'))).toBeUndefined();
  });

  it('finds tag and index where each profile has them, and none in what is too short', () => {
    const packet = Buffer.alloc(28, 0x80);
    packet.writeUInt32BE(0x8000_0005, 24);
    expect(rtcpParts('AEAD_AES_128_GCM', packet)).toMatchObject({ index: 5, isEncrypted: true });
    packet.writeUInt32BE(6, 14);
    expect(rtcpParts('AES_CM_128_HMAC_SHA1_80', packet)).toMatchObject({ index: 6, isEncrypted: false });
    expect(rtcpParts('AEAD_AES_128_GCM', packet.subarray(1))).toBeUndefined();
    expect(rtcpParts('AES_CM_128_HMAC_SHA1_80', packet.subarray(7))).toBeUndefined();
  });
});
