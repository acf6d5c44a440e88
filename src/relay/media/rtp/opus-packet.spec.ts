import { describe, expect, it } from 'vitest';
import { opusDurationSamples48k } from './opus-packet.js';

const packet = (config: number, code: number, ...rest: number[]): Buffer =>
  Buffer.from([(config << 3) | code, ...rest]);

describe('opusDurationSamples48k', () => {
  it('knows the frame durations of all 32 configurations', () => {
    const milliseconds = Array.from({ length: 32 }, (_, config) => opusDurationSamples48k(packet(config, 0))! / 48);
    const silk = [10, 20, 40, 60];
    const celt = [2.5, 5, 10, 20];
    expect(milliseconds).toEqual([...silk, ...silk, ...silk, 10, 20, 10, 20, ...celt, ...celt, ...celt, ...celt]);
  });

  it('counts the frames of each code', () => {
    const twentyMs = 1;
    expect(opusDurationSamples48k(packet(twentyMs, 1, 0))).toBe(2 * 960);
    expect(opusDurationSamples48k(packet(twentyMs, 2, 0))).toBe(2 * 960);
    expect(opusDurationSamples48k(packet(twentyMs, 3, 0xc3))).toBe(3 * 960);
  });

  it.each([
    ['an empty packet', Buffer.alloc(0)],
    ['a frame count that is missing', packet(1, 3)],
    ['no frames at all', packet(1, 3, 0)],
    ['more than 120 ms', packet(1, 3, 7)],
  ])('refuses %s', (_, bytes) => {
    expect(opusDurationSamples48k(bytes)).toBeUndefined();
  });
});
