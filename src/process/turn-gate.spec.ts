import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { TurnGate } from './turn-gate.js';

/** Who is through after each turn. */
async function crowd(gate: TurnGate, size: number, turns: number): Promise<number[]> {
  const through: number[] = [];
  for (let who = 0; who < size; who += 1) void gate.enter().then(() => through.push(who));
  const counts: number[] = [];
  for (let turn = 0; turn < turns; turn += 1) {
    await Promise.resolve();
    counts.push(through.length);
    await nextTurn();
  }
  expect(through).toEqual([...through].sort((a, b) => a - b));
  return counts;
}

it('lets a few through at once, and of a crowd so many a turn', async () => {
  const gate = new TurnGate(3);
  expect(await crowd(gate, 8, 4)).toEqual([3, 6, 8, 8]);
});

it('has room again in the next turn', async () => {
  const gate = new TurnGate(2);
  expect(await crowd(gate, 2, 2)).toEqual([2, 2]);
  expect(await crowd(gate, 2, 1)).toEqual([2]);
});

it('lets nobody overtake who waits', async () => {
  const gate = new TurnGate(1);
  const order: string[] = [];
  void gate.enter();
  void gate.enter().then(() => order.push('waited'));
  await nextTurn();
  void gate.enter().then(() => order.push('came later'));
  await nextTurn();
  await nextTurn();
  expect(order).toEqual(['waited', 'came later']);
});
