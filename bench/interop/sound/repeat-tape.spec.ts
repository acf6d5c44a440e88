import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { repeatTape } from './repeat-tape.js';

const packet = (text: string) => ({ packet: Buffer.from(text), durationSamples48k: 960 });

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

it('plays the packets over and over, each when it is due, until it is stopped', () => {
  const played: string[] = [];
  const stop = repeatTape([packet('a'), packet('b')], ({ packet: bytes }) => played.push(bytes.toString()));
  expect(played).toEqual(['a']);
  vi.advanceTimersByTime(60);
  expect(played).toEqual(['a', 'b', 'a', 'b']);
  stop();
  vi.advanceTimersByTime(1_000);
  expect(played).toHaveLength(4);
});
