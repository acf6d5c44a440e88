/* global AbortController, EventTarget */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AzaanError } from '../../public/azaan-client/azaan-error.js';
import { keepAsking } from '../../public/pages/admin/keep-asking.js';

const EVERY_MS = 2_000;

describe('asking again and again', () => {
  let ending;
  let ended;

  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal('document', Object.assign(new EventTarget(), { visibilityState: 'visible' }));
    vi.stubGlobal('addEventListener', () => {});
    vi.stubGlobal('removeEventListener', () => {});
    ending = new AbortController();
  });
  afterEach(async () => {
    ending.abort();
    await ended;
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  const start = (ask, onTrouble) => {
    ended = keepAsking(ask, { everyMs: EVERY_MS, signal: ending.signal, onTrouble }).catch((error) => error);
  };

  it('goes on at its pace while it is answered', async () => {
    const ask = vi.fn(async () => {});
    start(ask);
    await vi.advanceTimersByTimeAsync(10 * EVERY_MS);
    expect(ask).toHaveBeenCalledTimes(11);
  });

  it('asks more and more seldom while it is not answered, tells of each time, and returns to its pace', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(1);
    const times = [];
    let failures = 7;
    const onTrouble = vi.fn();
    start(async () => {
      times.push(Date.now());
      if (failures-- > 0) throw new AzaanError('network', 'away');
    }, onTrouble);
    await vi.advanceTimersByTimeAsync(150_000);
    const waits = times.slice(1).map((time, index) => (time - times[index]) / 1_000);
    expect(waits.slice(0, 9)).toEqual([4, 6, 10, 18, 32, 32, 32, 2, 2]);
    expect(onTrouble).toHaveBeenCalledTimes(7);
    vi.mocked(Math.random).mockRestore();
  });

  it('waits as long as the server asks', async () => {
    const ask = vi.fn().mockRejectedValueOnce(new AzaanError('busy', 'wait', { status: 429, retryAfterMs: 60_000 }));
    start(ask);
    await vi.advanceTimersByTimeAsync(59_999);
    expect(ask).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(ask).toHaveBeenCalledTimes(2);
  });

  it('ends with a refusal that does not pass with time', async () => {
    const refusal = new AzaanError('unauthorized', 'expired', { status: 401 });
    const ask = vi.fn().mockRejectedValue(refusal);
    start(ask);
    expect(await ended).toBe(refusal);
    expect(ask).toHaveBeenCalledTimes(1);
  });

  it('leaves no timer behind when it is told to end', async () => {
    start(async () => {});
    await vi.advanceTimersByTimeAsync(0);
    ending.abort();
    expect(await ended).toMatchObject({ name: 'AbortError' });
    expect(vi.getTimerCount()).toBe(0);
  });
});
