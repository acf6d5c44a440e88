import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeFrame, FRAME_KINDS, FrameReader, type Frame } from './bus-frame.js';
import { decodeBusPacket } from './bus-packet.js';

const buffer = (maxLength: number) => fc.uint8Array({ maxLength }).map((bytes) => Buffer.from(bytes));

/** Reads a stream in the given pieces until it breaks. @throws whatever the reader throws but its RangeError */
function readAll(pieces: readonly Buffer[]): Frame[] {
  const reader = new FrameReader();
  const frames: Frame[] = [];
  try {
    for (const piece of pieces) frames.push(...reader.read(piece));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return frames;
}

describe('a stream between workers', () => {
  it.each([
    ['a length below a frame head', '00000001ff'],
    ['a length beyond any frame', 'ffffffff'],
    ['a topic longer than its frame', '0000000301ffff'],
  ])('breaks at %s', (_name, bytes) => {
    expect(() => [...new FrameReader().read(Buffer.from(bytes, 'hex'))]).toThrow(RangeError);
  });

  it('is cut into the frames that were sent, whatever pieces it comes in', () => {
    const frame = fc.record({
      kind: fc.constantFrom(...Object.values(FRAME_KINDS)),
      topic: fc.string({ unit: 'grapheme', maxLength: 128 }),
      packet: buffer(1_500),
    });
    const property = fc.property(
      fc.array(frame, { maxLength: 5 }),
      fc.array(fc.nat(4_000), { maxLength: 20 }),
      (frames, cuts) => {
        const stream = Buffer.concat(frames.map(({ kind, topic, packet }) => encodeFrame(kind, topic, packet)));
        const edges = [0, ...cuts.filter((cut) => cut < stream.length).sort((a, b) => a - b), stream.length];
        const pieces = edges.slice(1).map((edge, index) => stream.subarray(edges[index], edge));
        expect(readAll(pieces)).toEqual(frames);
      },
    );
    fc.assert(property, { numRuns: 500 });
  });

  it('breaks with a RangeError when it is none, and in no other way', () => {
    const small = fc
      .tuple(fc.nat(40), buffer(80))
      .map(([length, body]) => Buffer.concat([Buffer.from([0, 0, 0, length]), body]));
    fc.assert(
      fc.property(fc.array(fc.oneof(buffer(3_000), small), { maxLength: 8 }), (pieces) => {
        for (const { packet } of readAll(pieces)) {
          try {
            decodeBusPacket(packet);
          } catch (error) {
            expect(error).toBeInstanceOf(RangeError);
          }
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
