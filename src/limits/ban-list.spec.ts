import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BanList } from './ban-list.js';

const RULES = { afterFailures: 10, firstMs: 60_000, longestMs: 900_000 };

describe('BanList', () => {
  let bans: BanList<string>;
  let events: string[];

  beforeEach(() => {
    vi.useFakeTimers();
    events = [];
    bans = new BanList(RULES);
    bans.events.on('started', ({ subject, durationMs }) =>
      events.push(`${subject} banned for ${durationMs / 1_000} s`),
    );
    bans.events.on('ended', ({ subject, refused }, how) => events.push(`${subject} ${how}, ${refused} refused`));
  });
  afterEach(() => {
    bans.close();
    vi.useRealTimers();
  });

  const fail = (times: number, key = 'a') => {
    for (let index = 0; index < times; index += 1) bans.failed(key, key);
  };

  it('bans with the failure that reaches the limit, and nobody else', () => {
    fail(9);
    expect(bans.knock('a')).toBe(0);
    expect(events).toEqual([]);
    fail(1);
    expect(bans.knock('a')).toBeGreaterThan(0);
    expect(bans.knock('b')).toBe(0);
    expect(bans.banned).toBe(1);
  });

  it('counts failures together for a minute', () => {
    fail(9);
    vi.advanceTimersByTime(60_001);
    fail(9);
    expect(bans.banned).toBe(0);
  });

  it.each([10, 25])('ends by itself when its time is over, after %i calls that were under way', (calls) => {
    fail(calls);
    vi.advanceTimersByTime(59_999);
    expect(bans.banned).toBe(1);
    vi.advanceTimersByTime(1);
    expect(bans.banned).toBe(0);
    expect(events).toEqual(['a banned for 60 s', 'a expired, 0 refused']);
  });

  it('doubles with every further ban, up to the longest', () => {
    const seconds = Array.from({ length: 6 }, () => {
      fail(10);
      vi.advanceTimersByTime(900_000);
      return Number(/for (\d+) s/.exec(events.at(-2) ?? '')?.[1]);
    });
    expect(seconds).toEqual([60, 120, 240, 480, 900, 900]);
  });

  it('begins anew after an hour without a failure', () => {
    fail(10);
    vi.advanceTimersByTime(3_600_001);
    fail(10);
    expect(events.filter((line) => line.includes('banned for'))).toEqual(['a banned for 60 s', 'a banned for 60 s']);
  });

  it('says how long to wait: until the next try, or the end', () => {
    fail(10);
    expect(bans.knock('a')).toBe(10_000);
    vi.advanceTimersByTime(4_000);
    expect(bans.knock('a')).toBe(6_000);
    vi.advanceTimersByTime(54_000);
    expect(bans.knock('a')).toBe(0);
    expect(bans.knock('a')).toBe(2_000);
  });

  it('lets one call in every ten seconds, however many ask', () => {
    fail(10);
    let letIn = 0;
    for (let second = 0; second < 60; second += 1) {
      for (let call = 0; call < 50; call += 1) letIn += bans.knock('a') === 0 ? 1 : 0;
      vi.advanceTimersByTime(1_000);
    }
    expect(letIn).toBe(5);
    expect(events.at(-1)).toBe(`a expired, ${60 * 50 - 5} refused`);
  });

  it.each([
    ['with the first sound call', 'sound_call', () => bans.succeeded('a')],
    ['when it is lifted', 'lifted', () => bans.lift('a')],
  ])('ends %s, which also makes the next ban a short one', (_, how, end) => {
    fail(10);
    end();
    expect(bans.knock('a')).toBe(0);
    fail(10);
    expect(events).toEqual(['a banned for 60 s', `a ${how}, 0 refused`, 'a banned for 60 s']);
  });

  it('never bans a crowd of which one in two fails', () => {
    for (let call = 0; call < 1_000; call += 1) {
      fail(1);
      bans.succeeded('a');
    }
    expect(events).toEqual([]);
  });

  it('lifts nothing from a client that is not banned, and tells whom it let in', () => {
    fail(9);
    expect(bans.lift('a')).toBeUndefined();
    expect(bans.lift('nobody')).toBeUndefined();
    fail(1);
    expect(bans.banned).toBe(1);
    expect(bans.lift('a')).toMatchObject({ subject: 'a', durationMs: 60_000 });
  });

  it('lists who is banned since when and for how long, the newest first', () => {
    fail(10, 'first');
    vi.advanceTimersByTime(1_000);
    fail(10, 'second');
    fail(9, 'well-behaved');
    bans.knock('first');
    expect(bans.current()).toEqual([
      { key: 'second', subject: 'second', startedAt: new Date(), durationMs: 60_000, refused: 0 },
      { key: 'first', subject: 'first', startedAt: new Date(Date.now() - 1_000), durationMs: 60_000, refused: 1 },
    ]);
    vi.advanceTimersByTime(60_000);
    expect(bans.current()).toEqual([]);
  });

  it('remembers a bounded number of clients, and tells which bans it forgot', () => {
    fail(10, 'first');
    for (let index = 0; index < 20_000; index += 1) fail(1, `client ${index}`);
    expect(bans.size).toBe(10_000);
    expect(bans.banned).toBe(0);
    expect(events).toEqual(['first banned for 60 s', 'first forgotten, 0 refused']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('leaves no timer behind when it is closed', () => {
    fail(10, 'a');
    fail(10, 'b');
    bans.close();
    bans.close();
    expect(events.slice(2)).toEqual(['a shutdown, 0 refused', 'b shutdown, 0 refused']);
    expect(vi.getTimerCount()).toBe(0);
  });
});
