import { beforeEach, expect, it } from 'vitest';
import type { WorkerEvent } from '../media-protocol.js';
import { DefectLog } from './defect-log.js';

let nowMs: number;
let told: WorkerEvent[];
let log: DefectLog;

beforeEach(() => {
  nowMs = 0;
  told = [];
  log = new DefectLog(
    (event) => told.push(event),
    () => nowMs,
  );
});

const defectOf = (peerId: string): void => {
  log.tell(peerId, 'packet handling failed', { peerId, requestId: `call of ${peerId}` }, new Error('oh'));
};

it('tells what failed, whose packet it was, and which call brought that peer', () => {
  defectOf('a');
  const fields = { peerId: 'a', requestId: 'call of a', error: 'Error: oh' };
  expect(told).toEqual([{ type: 'log', level: 'error', message: 'packet handling failed', fields }]);
});

it('tells it once a second for each peer', () => {
  for (; nowMs < 3_000; nowMs += 20) defectOf('a');
  expect(told).toHaveLength(3);
  defectOf('b');
  defectOf('b');
  expect(told).toHaveLength(4);
});
