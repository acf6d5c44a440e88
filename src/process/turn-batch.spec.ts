import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { TurnBatch } from './turn-batch.js';

it('hands over what one turn added, together and in its order', async () => {
  const handed: number[][] = [];
  const batch = new TurnBatch<number>((items) => handed.push(items));
  for (const item of [1, 2, 3]) batch.add(item);
  expect(handed).toEqual([]);
  await nextTurn();
  expect(handed).toEqual([[1, 2, 3]]);
  batch.add(4);
  await nextTurn();
  expect(handed).toEqual([[1, 2, 3], [4]]);
});

it('keeps what is added while it hands over for the next turn', async () => {
  const handed: string[][] = [];
  const batch = new TurnBatch<string>((items) => {
    handed.push(items);
    if (handed.length === 1) batch.add('again');
  });
  batch.add('once');
  await nextTurn();
  await nextTurn();
  expect(handed).toEqual([['once'], ['again']]);
});
