import { describe, expect, it } from 'vitest';
import { encodeFrame, FRAME_KINDS, FrameReader, type Frame } from './bus-frame.js';

const frames = [
  encodeFrame(FRAME_KINDS.subscribe, 'jama masjid'),
  encodeFrame(FRAME_KINDS.packet, 'مسجد', Buffer.from('0102', 'hex')),
  encodeFrame(FRAME_KINDS.unsubscribe, ''),
];
const expected: Frame[] = [
  { kind: FRAME_KINDS.subscribe, topic: 'jama masjid', packet: Buffer.alloc(0) },
  { kind: FRAME_KINDS.packet, topic: 'مسجد', packet: Buffer.from('0102', 'hex') },
  { kind: FRAME_KINDS.unsubscribe, topic: '', packet: Buffer.alloc(0) },
];

describe('FrameReader', () => {
  it.each([1, 2, 3, 7, 1_000])('reads frames that arrive in pieces of %d bytes', (size) => {
    const stream = Buffer.concat(frames);
    const reader = new FrameReader();
    const read: Frame[] = [];
    for (let at = 0; at < stream.length; at += size) read.push(...reader.read(stream.subarray(at, at + size)));
    expect(read).toEqual(expected);
  });

  it.each([
    ['a length below a frame head', '00000001ff'],
    ['a length beyond any frame', 'ffffffff'],
    ['a topic longer than its frame', '0000000301ffff'],
  ])('refuses %s', (_name, bytes) => {
    expect(() => [...new FrameReader().read(Buffer.from(bytes, 'hex'))]).toThrow(RangeError);
  });
});
