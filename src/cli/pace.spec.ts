import { describe, expect, it } from 'vitest';
import { Pace } from './pace.js';

const SIXTY_MS = 60 * 48;
const never = new AbortController().signal;

/** A clock that only waiting moves, and every wait ends `lateMs` late. */
function slowMachine(lateMs: number) {
  const machine = { nowMs: 1_000, waitsMs: [] as number[] };
  const pace = new Pace(
    () => machine.nowMs,
    async (waitMs) => {
      machine.waitsMs.push(waitMs);
      machine.nowMs += waitMs + lateMs;
    },
  );
  return { machine, pace };
}

describe('Pace', () => {
  it('lets the first packet go at once and each other one after the duration of the one before', async () => {
    const { machine, pace } = slowMachine(0);
    await pace.next(SIXTY_MS, never);
    await pace.next(SIXTY_MS / 3, never);
    await pace.next(SIXTY_MS, never);
    expect(machine.waitsMs).toEqual([60, 20]);
  });

  it('does not drift, however late each timer is', async () => {
    const { machine, pace } = slowMachine(7);
    for (let packet = 0; packet <= 1_000; packet++) await pace.next(SIXTY_MS, never);
    expect(machine.nowMs).toBe(1_000 + 60 * 1_000 + 7);
  });

  it('catches up on a short delay', async () => {
    const { machine, pace } = slowMachine(0);
    await pace.next(SIXTY_MS, never);
    machine.nowMs += 200;
    for (let packet = 0; packet < 4; packet++) await pace.next(SIXTY_MS, never);
    expect(machine.nowMs).toBe(1_240);
  });

  it('begins a new schedule after the machine slept, instead of a burst', async () => {
    const { machine, pace } = slowMachine(0);
    await pace.next(SIXTY_MS, never);
    machine.nowMs += 3_600_000;
    await pace.next(SIXTY_MS, never);
    await pace.next(SIXTY_MS, never);
    expect(machine.waitsMs).toEqual([60]);
  });

  it('stops waiting when it is told to', async () => {
    const pace = new Pace();
    const stop = new AbortController();
    await pace.next(SIXTY_MS * 1_000, stop.signal);
    const waiting = pace.next(SIXTY_MS, stop.signal);
    stop.abort();
    await expect(waiting).rejects.toThrow('aborted');
    await expect(new Pace().next(SIXTY_MS, stop.signal)).rejects.toThrow('aborted');
  });
});
