import { describe, expect, it } from 'vitest';
import { RtpStream } from './rtp-stream.js';

describe('RtpStream', () => {
  it('carries the payload untouched behind a plain header of 12 bytes', () => {
    const stream = new RtpStream();
    const rtp = stream.next(Buffer.from('opus'), 960);
    expect(rtp.readUInt8(0)).toBe(0x80);
    expect(rtp.readUInt8(1) & 0x7f).toBe(111);
    expect(rtp.readUInt32BE(8)).toBe(stream.ssrc);
    expect(rtp.subarray(12).toString()).toBe('opus');
  });

  it('marks only the first packet', () => {
    const stream = new RtpStream();
    const markers = [960, 960, 960].map((samples) => stream.next(Buffer.alloc(1), samples).readUInt8(1) >> 7);
    expect(markers).toEqual([1, 0, 0]);
  });

  it('counts packets by one and time by duration, around their ends', () => {
    const stream = new RtpStream();
    const steps = new Set<string>();
    let before = stream.next(Buffer.alloc(1), 5_760);
    for (let packet = 0; packet < 70_000; packet++) {
      const next = stream.next(Buffer.alloc(1), 5_760);
      const packets = (next.readUInt16BE(2) - before.readUInt16BE(2)) & 0xffff;
      const samples = (next.readUInt32BE(4) - before.readUInt32BE(4)) >>> 0;
      steps.add(`${packets} packet, ${samples} samples`);
      before = next;
    }
    expect([...steps]).toEqual(['1 packet, 5760 samples']);
  });
});
