import { describe, expect, it } from 'vitest';
import { DelayHistogram } from './delay-histogram.js';
import { parseProcessStat, parseResidentBytes, processTree, readTreeUsage } from './process-usage.js';
import { percentile } from './statistics.js';

describe('percentile', () => {
  it('is the nearest rank, whatever the order', () => {
    const values = [5, 1, 4, 2, 3];
    expect([0.5, 0.8, 0.81, 1].map((fraction) => percentile(values, fraction))).toEqual([3, 4, 5, 5]);
  });

  it('has no value without values', () => {
    expect(percentile([], 0.5)).toBeUndefined();
  });

  it('sorts numbers as numbers', () => {
    expect(percentile([10, 9, 100], 0.5)).toBe(10);
  });
});

describe('DelayHistogram', () => {
  it('adds up over processes', () => {
    const one = new DelayHistogram();
    const other = new DelayHistogram();
    for (const delay of [1, 2, 3]) one.add(delay);
    for (const delay of [100, 5_000]) other.add(delay);
    one.merge(other.toJSON());
    expect([0.2, 0.6, 0.8, 1].map((fraction) => one.percentile(fraction))).toEqual([1, 3, 100, 2_000]);
  });

  it('has no percentile before the first delay, nor after it is cleared', () => {
    const delays = new DelayHistogram();
    expect(delays.percentile(0.5)).toBeUndefined();
    delays.add(3);
    delays.clear();
    expect(delays.percentile(0.5)).toBeUndefined();
  });
});

describe('process usage', () => {
  it('reads parent and CPU time behind a name that holds spaces and parentheses', () => {
    const line = '42 (a (b) c) S 7 42 42 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 1 0 1000 0 0';
    expect(parseProcessStat(line)).toEqual({ parentPid: 7, cpuMicros: 3_000_000 });
  });

  it('reads resident memory', () => {
    expect(parseResidentBytes('00-ff ---p [rollup]\nRss:   1728 kB\nPss:  369 kB\n')).toBe(1728 * 1024);
  });

  it('sees this process among the children of its parent', () => {
    expect([...processTree(process.ppid).keys()]).toContain(process.pid);
    expect(readTreeUsage(process.pid).rssBytes).toBeGreaterThan(10e6);
  });
});
