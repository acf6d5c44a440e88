import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CrowdMemory } from './crowd-memory.js';

let collect: ReturnType<typeof vi.fn<() => void>>;
let memory: CrowdMemory;

beforeEach(() => {
  vi.useFakeTimers();
  collect = vi.fn<() => void>();
  memory = new CrowdMemory(collect);
});

afterEach(() => {
  memory.close();
  vi.useRealTimers();
});

describe('garbage', () => {
  it('is collected once, some seconds after a crowd has left', () => {
    for (const size of [200, 100, 20]) memory.crowdIs(size);
    vi.advanceTimersByTime(4_999);
    expect(collect).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(collect).toHaveBeenCalledTimes(1);
    memory.crowdIs(0);
    vi.advanceTimersByTime(60_000);
    expect(collect).toHaveBeenCalledTimes(1);
  });

  it('waits while the last ones leave', () => {
    memory.crowdIs(1_000);
    for (let size = 100; size >= 0; size -= 1) {
      memory.crowdIs(size);
      vi.advanceTimersByTime(1_000);
    }
    expect(collect).not.toHaveBeenCalled();
    vi.advanceTimersByTime(4_000);
    expect(collect).toHaveBeenCalledTimes(1);
  });

  it.each([
    ['few were there', [199, 0]],
    ['many stay', [1_000, 101]],
    ['others come instead', [1_000, 50, 300]],
  ])('is left to V8 when %s', (_when, sizes) => {
    for (const size of sizes) memory.crowdIs(size);
    vi.advanceTimersByTime(60_000);
    expect(collect).not.toHaveBeenCalled();
  });

  it('is left alone once this is closed', () => {
    for (const size of [200, 0]) memory.crowdIs(size);
    memory.close();
    vi.advanceTimersByTime(60_000);
    expect(collect).not.toHaveBeenCalled();
  });
});

it('can be collected in any process', () => {
  memory.close();
  memory = new CrowdMemory();
  for (const size of [200, 0]) memory.crowdIs(size);
  expect(() => vi.advanceTimersByTime(5_000)).not.toThrow();
});
