import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeWorker, WORKER_SETTINGS } from '../../test/support/fake-worker.js';
import { WorkerSlot } from './worker-slot.js';

let processes: FakeWorker[];
let slot: WorkerSlot;
let lost: string[];

beforeEach(async () => {
  vi.useFakeTimers();
  processes = [];
  lost = [];
  slot = new WorkerSlot(WORKER_SETTINGS, async () => {
    const started = new FakeWorker(100 + processes.length);
    processes.push(started);
    return started;
  });
  slot.on('lost', (how) => lost.push(how));
  await slot.start();
});

afterEach(async () => {
  await slot.close();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** A peer came and went, and the process kept what it used. */
function usedAndIdle(rssBytes: number): void {
  const port = slot.ports[0]!;
  processes[0]!.reports({ rssBytes: 100 });
  slot.addPeer('peer', port);
  slot.removePeer('peer');
  vi.advanceTimersByTime(1_000);
  processes[0]!.reports({ rssBytes });
}

describe('WorkerSlot', () => {
  it('wants a fresh process once it was idle for a while and keeps memory', () => {
    usedAndIdle(120);
    expect(slot.wantsRenewal).toBe(false);
    vi.advanceTimersByTime(15_000);
    expect(slot.wantsRenewal).toBe(true);
  });

  it('keeps a process that gave its memory back', () => {
    usedAndIdle(105);
    vi.advanceTimersByTime(60_000);
    expect(slot.wantsRenewal).toBe(false);
  });

  it('keeps a process that has peers', () => {
    usedAndIdle(200);
    slot.addPeer('another', slot.ports[1]!);
    vi.advanceTimersByTime(7_000);
    expect(slot.wantsRenewal).toBe(false);
  });

  it('renews without losing anything: no restart is counted, no peer reported gone, and none is taken meanwhile', async () => {
    usedAndIdle(120);
    const renewed = slot.renew();
    expect(slot.snapshot()).toMatchObject({ ready: false, renewing: true });
    expect(slot.ready).toBe(false);
    expect(slot.ports).toEqual([]);
    await renewed;
    const after = { pid: 101, ready: true, renewing: false, restarts: 0, udpPorts: [50_000, 50_001] };
    expect(slot.snapshot()).toMatchObject(after);
    expect(lost).toEqual([]);
  });

  it('ends no process when it was this one that stood still, and reads the reports only now', () => {
    const awake = performance.now() + 60_000;
    vi.spyOn(performance, 'now').mockReturnValue(awake);
    vi.advanceTimersByTime(2_000);
    processes[0]!.reports();
    vi.advanceTimersByTime(20_000);
    expect(processes[0]!.killed).toBe(false);
  });

  it('hears nothing of a process that was replaced', async () => {
    usedAndIdle(120);
    await slot.renew();
    processes[0]!.reports({ rssBytes: 120, cpuMicros: 9_000_000 });
    expect(slot.snapshot().report).toBeUndefined();
    processes[1]!.reports({ atMs: 2_000, cpuMicros: 1_000 });
    expect(slot.snapshot().cpuPercent).toBeUndefined();
  });

  it('starts nothing any more once it is closed', async () => {
    await slot.close();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(processes).toHaveLength(1);
    expect(lost).toEqual([]);
  });
});
