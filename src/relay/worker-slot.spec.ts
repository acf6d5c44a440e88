import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeWorker, WORKER_SETTINGS } from '../../test/support/fake-worker.js';
import { AwakeClock } from '../process/awake-clock.js';
import { WorkerSlot } from './worker-slot.js';

/** No process has it: nobody can tell what it uses. */
const NO_PID = 2 ** 30;

let clock: AwakeClock;
let processes: FakeWorker[];
let slot: WorkerSlot;
let lost: string[];

beforeEach(async () => {
  vi.useFakeTimers();
  clock = new AwakeClock();
  processes = [];
  lost = [];
  slot = new WorkerSlot(WORKER_SETTINGS, clock, async () => {
    const started = new FakeWorker(NO_PID + processes.length);
    processes.push(started);
    return started;
  });
  slot.on('lost', (how) => lost.push(how));
  await slot.start();
});

afterEach(async () => {
  await slot.close();
  clock.close();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe('WorkerSlot', () => {
  it('has another process in the place of one that died, and none of its peers', async () => {
    slot.addPeer('peer');
    processes[0]!.emit('exit', 'SIGSEGV');
    expect(slot.snapshot()).toMatchObject({ ready: false, pid: undefined, udpPort: undefined, reportAgeMs: undefined });
    await vi.advanceTimersByTimeAsync(0);
    expect(lost).toEqual(['SIGSEGV']);
    expect(slot.snapshot()).toMatchObject({ ready: true, pid: NO_PID + 1, udpPort: 50_000, restarts: 1, peers: 0 });
  });

  it('ends a process that has not reported for half a minute', () => {
    processes[0]!.reports();
    vi.advanceTimersByTime(30_000);
    expect(processes[0]!.killed).toBe(false);
    vi.advanceTimersByTime(6_000);
    expect(processes[0]!.killed).toBe(true);
  });

  it('ends no process when it was this one that stood still, and reads the reports only now', () => {
    vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 60_000);
    vi.advanceTimersByTime(2_000);
    processes[0]!.reports();
    vi.advanceTimersByTime(20_000);
    expect(processes[0]!.killed).toBe(false);
  });

  it('hears nothing of a process that was replaced', async () => {
    processes[0]!.emit('exit', 'SIGKILL');
    await vi.advanceTimersByTimeAsync(0);
    processes[0]!.reports({ cpuMicros: 9_000_000 });
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
