import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { debugOnSignal } from './debug-on-signal.js';

const send = () => process.emit('SIGUSR2');

describe('SIGUSR2', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => {
    process.removeAllListeners('SIGUSR2');
    vi.useRealTimers();
  });

  it('turns debug lines on for a quarter of an hour', () => {
    const root = { level: 'info' };
    debugOnSignal(root);
    send();
    expect(root.level).toBe('debug');
    vi.advanceTimersByTime(15 * 60_000 - 1);
    expect(root.level).toBe('debug');
    vi.advanceTimersByTime(1);
    expect(root.level).toBe('info');
  });

  it('turns them off again when it comes a second time', () => {
    const root = { level: 'warn' };
    debugOnSignal(root);
    send();
    send();
    expect(root.level).toBe('warn');
    send();
    vi.advanceTimersByTime(10 * 60_000);
    expect(root.level).toBe('debug');
  });
});
