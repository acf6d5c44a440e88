import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openHandles } from '../native/handle.js';
import { knownAnswers } from './known-answers.js';
import { PacketCipher, type PacketParts } from './packet-cipher.js';
import { TAG_BYTES, type SrtpProfile } from './session-keys.js';
import { SrtcpSender } from './srtcp-sender.js';
import { srtcpPacket, srtpPacket } from './srtp-packet.js';
import { SrtpReceiver } from './srtp-receiver.js';

const PROFILES: readonly [SrtpProfile, number][] = [
  ['AEAD_AES_128_GCM', 28],
  ['AES_CM_128_HMAC_SHA1_80', 30],
];

function rtp(sequenceNumber: number, ssrc = 1, payload = Buffer.from('sound')): Buffer {
  const header = Buffer.from('806f000000000000', 'hex');
  header.writeUInt16BE(sequenceNumber, 2);
  const source = Buffer.alloc(4);
  source.writeUInt32BE(ssrc);
  return Buffer.concat([header, source, payload]);
}

function rtcp(ssrc = 1): Buffer {
  const report = Buffer.from('80c90001000000000000', 'hex').subarray(0, 8);
  report.writeUInt32BE(ssrc, 4);
  return Buffer.concat([report, Buffer.from('81ca0002000000010102616200000000', 'hex')]);
}

let handlesBefore: number;

beforeEach(() => {
  handlesBefore = openHandles();
});

afterEach(() => {
  expect(openHandles()).toBe(handlesBefore);
});

describe.each(PROFILES)('receiver under %s', (profile, masterBytes) => {
  let master: Buffer;
  let receiver: SrtpReceiver;
  let sender: SrtcpSender;

  beforeEach(() => {
    master = randomBytes(masterBytes);
    receiver = new SrtpReceiver(profile, master);
    sender = new SrtcpSender(profile, master);
  });

  afterEach(() => {
    for (const owner of [receiver, sender, receiver]) owner.free();
  });

  function seal(of: 'rtp' | 'rtcp', parts: PacketParts) {
    const cipher = PacketCipher.derive(profile, master, of, 'seal');
    const sealed = cipher.seal(parts);
    cipher.free();
    return sealed;
  }

  function protect(packet: Buffer, rolloverCounter = 0): Buffer {
    const parts = srtpPacket(profile, Buffer.concat([packet, Buffer.alloc(TAG_BYTES[profile])]))!;
    const index = rolloverCounter * 0x10000 + packet.readUInt16BE(2);
    const { body, tag } = seal('rtp', { ...parts, index, indexWord: undefined });
    return Buffer.concat([parts.clear, body, tag]);
  }

  const opens = (packet: Buffer, rolloverCounter = 0) =>
    receiver.openRtp(protect(packet, rolloverCounter))?.equals(packet) ?? false;

  it('gives the whole packet as it was, with CSRCs, extension and padding', () => {
    const csrcAndExtension = Buffer.concat([
      Buffer.from('b26f0001', 'hex'),
      Buffer.alloc(4, 1),
      Buffer.alloc(4, 2),
      Buffer.alloc(8, 3),
      Buffer.from('bede000112345678', 'hex'),
      Buffer.from('sound\x00\x00\x03'),
    ]);
    expect(opens(csrcAndExtension)).toBe(true);
    expect(opens(rtp(2))).toBe(true);
    expect(opens(rtp(3, 1, Buffer.alloc(0)))).toBe(true);
    expect(opens(rtp(4, 1, randomBytes(8_192)))).toBe(true);
  });

  it('opens a packet once, late ones within the window, and none that is older', () => {
    expect(opens(rtp(1_000))).toBe(true);
    expect(opens(rtp(1_000))).toBe(false);
    expect(opens(rtp(1_128))).toBe(true);
    expect(opens(rtp(1_001))).toBe(true);
    expect(opens(rtp(1_001))).toBe(false);
    expect(opens(rtp(1_000))).toBe(false);
    expect(opens(rtp(999))).toBe(false);
  });

  it('follows the rollover counter over loss and disorder', () => {
    expect(opens(rtp(65_000))).toBe(true);
    expect(opens(rtp(10), 1)).toBe(true);
    expect(opens(rtp(65_530))).toBe(true);
    expect(opens(rtp(32_000), 1)).toBe(true);
    expect(opens(rtp(64_000), 1)).toBe(true);
    expect(opens(rtp(5), 2)).toBe(true);
    expect(opens(rtp(6), 1)).toBe(false);
  });

  it('keeps nothing of what does not authenticate', () => {
    const forged = protect(rtp(40_000, 7));
    for (let ssrc = 100; ssrc < 1_000; ssrc += 1) {
      forged.writeUInt32BE(ssrc, 8);
      expect(receiver.openRtp(forged)).toBeUndefined();
    }
    forged.writeUInt32BE(7, 8);
    forged.writeUInt16BE(60_000, 2);
    expect(receiver.openRtp(forged)).toBeUndefined();
    for (const ssrc of [7, 8, 9, 10]) expect(opens(rtp(5, ssrc))).toBe(true);
  });

  it('hears four sources; of five, the one that was silent for longest is refused from then on', () => {
    for (const ssrc of [1, 2, 3, 4]) expect(opens(rtp(1, ssrc))).toBe(true);
    expect(opens(rtp(2, 1))).toBe(true);
    expect(opens(rtp(1, 5))).toBe(true);
    expect([1, 2, 3, 4, 5].map((ssrc) => opens(rtp(3, ssrc)))).toEqual([true, false, true, true, true]);
    const taken = Array.from({ length: 100 }, (_, at) => opens(rtp(1, 1_000 + at))).filter(Boolean).length;
    expect(taken).toBe(63);
  });

  it('opens SRTCP once, of whichever source', () => {
    const [first, second, third] = [1, 1, 9].map((ssrc) => Buffer.from(sender.seal(rtcp(ssrc))));
    expect(receiver.openRtcp(second!)?.equals(rtcp(1))).toBe(true);
    expect(receiver.openRtcp(second!)).toBeUndefined();
    expect(receiver.openRtcp(first!)?.equals(rtcp(1))).toBe(true);
    expect(receiver.openRtcp(third!)?.equals(rtcp(9))).toBe(true);
    expect(first!.subarray(8, 24).equals(rtcp(1).subarray(8))).toBe(false);
    const wordAt = (packet: Buffer) => srtcpPacket(profile, packet)?.indexWord.toString('hex');
    expect([first!, second!, third!].map(wordAt)).toEqual(['80000000', '80000001', '80000002']);
  });

  it('opens SRTCP that is authenticated and not encrypted', () => {
    const indexWord = Buffer.from('0000004d', 'hex');
    const parts = { ssrc: 1, index: 77, clear: rtcp(), body: Buffer.alloc(0), indexWord };
    const { tag } = seal('rtcp', parts);
    const isTagFirst = profile === 'AEAD_AES_128_GCM';
    const packet = Buffer.concat([rtcp(), ...(isTagFirst ? [tag, indexWord] : [indexWord, tag])]);
    const changed = Buffer.from(packet);
    changed.writeUInt8(changed.readUInt8(10) ^ 1, 10);
    expect(receiver.openRtcp(changed)).toBeUndefined();
    expect(receiver.openRtcp(packet)?.equals(rtcp())).toBe(true);
    expect(receiver.openRtcp(packet)).toBeUndefined();
  });

  it('refuses to seal what is no RTCP', () => {
    expect(() => sender.seal(Buffer.alloc(8))).toThrow(RangeError);
    expect(() => sender.seal(rtcp().subarray(0, 7))).toThrow(RangeError);
  });

  it('takes nothing and seals nothing once its keys are wiped', () => {
    const sealed = protect(rtp(1));
    receiver.free();
    sender.free();
    expect(receiver.openRtp(sealed)).toBeUndefined();
    expect(() => sender.seal(rtcp())).toThrow(/freed/);
  });

  it('makes no cipher for RTP before there is some', () => {
    const before = openHandles();
    expect(opens(rtp(1))).toBe(true);
    expect(openHandles()).toBeGreaterThan(before);
  });

  it('takes nothing that was changed, cut, prolonged or made up, and throws at none of it', () => {
    const sealedRtp = protect(rtp(9, 1, randomBytes(60)));
    const sealedRtcp = Buffer.from(sender.seal(rtcp()));
    const open = (bytes: Buffer) => receiver.openRtp(bytes) ?? receiver.openRtcp(bytes);
    const original = fc.constantFrom(sealedRtp, sealedRtcp);
    const mutated = fc.oneof(
      fc.tuple(original, fc.nat(), fc.integer({ min: 1, max: 255 })).map(([packet, at, bits]) => {
        const bytes = Buffer.from(packet);
        bytes[at % bytes.length]! ^= bits;
        return bytes;
      }),
      fc.tuple(original, fc.nat()).map(([packet, cut]) => packet.subarray(0, cut % packet.length)),
      fc.tuple(original, fc.uint8Array({ minLength: 1 })).map(([packet, more]) => Buffer.concat([packet, more])),
      fc.uint8Array({ maxLength: 9_000 }).map((bytes) => Buffer.from(bytes)),
      fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.concat([Buffer.from([0x9f, 0x6f]), bytes])),
    );
    fc.assert(
      fc.property(mutated, (bytes) => {
        expect(open(bytes)).toBeUndefined();
      }),
      { numRuns: 2_000 },
    );
    expect(open(sealedRtp)).toBeDefined();
    expect(receiver.openRtcp(sealedRtcp)).toBeDefined();
  });
});

it('refuses master keys that are not of the profile', () => {
  expect(() => new SrtpReceiver('AEAD_AES_128_GCM', randomBytes(30))).toThrow(RangeError);
  expect(() => new SrtcpSender('AES_CM_128_HMAC_SHA1_80', randomBytes(28))).toThrow(RangeError);
});

it('derives, seals and opens as RFC 3711 and RFC 7714 print it', () => {
  expect(knownAnswers).not.toThrow();
});

/** A packet, and the length of a tag behind it. */
const withTag = (packet: string) => Buffer.concat([Buffer.from(packet, 'hex'), Buffer.alloc(16)]);

describe('where the parts of a packet lie', () => {
  it.each([
    ['806f00010000000000000001', 12],
    ['826f0001000000000000000100000000ffffffff', 20],
    ['906f00010000000000000001bede000111223344', 20],
    ['916f0001000000000000000100000000bede0000ff', 20],
  ])('finds the end of an RTP header: %s', (packet, end) => {
    expect(srtpPacket('AEAD_AES_128_GCM', withTag(packet))?.clear).toHaveLength(end);
  });

  it.each([
    ['no bytes', ''],
    ['another version', '406f00010000000000000001'],
    ['a header cut', '806f000100000000000000'],
    ['CSRCs past the end', '816f00010000000000000001000000'],
    ['an extension’s head past the end', '906f00010000000000000001bede00'],
    ['an extension past the end', '906f00010000000000000001bedeffff11223344'],
  ])('finds none with %s', (_, packet) => {
    expect(srtpPacket('AEAD_AES_128_GCM', withTag(packet))).toBeUndefined();
  });

  it('finds tag and index where each profile has them, and none in what is too short', () => {
    const packet = Buffer.alloc(28, 0x80);
    packet.writeUInt32BE(0x8000_0005, 24);
    expect(srtcpPacket('AEAD_AES_128_GCM', packet)).toMatchObject({ index: 5, clear: packet.subarray(0, 8) });
    packet.writeUInt32BE(6, 14);
    expect(srtcpPacket('AES_CM_128_HMAC_SHA1_80', packet)).toMatchObject({ index: 6, clear: packet.subarray(0, 14) });
    expect(srtcpPacket('AEAD_AES_128_GCM', packet.subarray(1))).toBeUndefined();
    expect(srtcpPacket('AES_CM_128_HMAC_SHA1_80', packet.subarray(7))).toBeUndefined();
  });
});
