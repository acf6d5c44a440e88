import { describe, expect, it } from 'vitest';
import { ToneMeter } from './tone-meter.js';

const RATE = 48_000;

function sine(frequencyHz: number, seconds: number, amplitude = 8_192): Int16Array {
  return Int16Array.from({ length: RATE * seconds }, (_, index) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * frequencyHz * index) / RATE)),
  );
}

describe('ToneMeter', () => {
  it('hears the tone in pieces of any length, and how loud it is', () => {
    const meter = new ToneMeter();
    const samples = sine(1_000, 1);
    for (let from = 0; from < samples.length; from += 700) meter.add(samples.subarray(from, from + 700), RATE);
    const heard = meter.heard();
    expect(heard).toMatchObject({ windows: 10, withTone: 10, frequencyHz: 1_000 });
    // A sine of a quarter of full scale.
    expect(heard.decibels).toBeCloseTo(-15.05, 1);
  });

  it.each([
    ['another tone', sine(450, 1), 450],
    ['silence', new Int16Array(RATE), undefined],
  ])('does not take %s for it', (_, samples, frequencyHz) => {
    const meter = new ToneMeter();
    meter.add(samples, RATE);
    expect(meter.heard()).toMatchObject({ windows: 10, withTone: 0, frequencyHz });
  });

  it('does not take noise for it, even where the tone is the strongest in it', () => {
    const meter = new ToneMeter();
    const noisy = sine(1_000, 1, 2_000).map((sample, index) => sample + (((index * 7_919) % 8_192) - 4_096));
    meter.add(noisy, RATE);
    expect(meter.heard().withTone).toBe(0);
  });

  it('knows the longest pause since it began anew, be it the last one', () => {
    const clock = { ms: 0 };
    const meter = new ToneMeter(() => clock.ms);
    clock.ms = 10_000;
    meter.restart();
    for (const atMs of [10_100, 10_900, 11_000]) {
      clock.ms = atMs;
      meter.add(sine(1_000, 1), RATE);
    }
    expect(meter.heard()).toMatchObject({ windows: 30, longestPauseMs: 800 });
    clock.ms = 13_000;
    meter.add(sine(600, 1), RATE);
    expect(meter.heard()).toMatchObject({ windows: 40, longestPauseMs: 2_000 });
  });
});
