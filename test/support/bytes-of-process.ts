import process from 'node:process';
import { setImmediate as turn } from 'node:timers/promises';
import { foreign } from '../../src/relay/media/engine/native/foreign.js';
import { collectGarbage } from './collect-garbage.js';

/** Of glibc: gives pages to the system in which nothing is any more. */
const trimMalloc = foreign('int malloc_trim(size_t keep)');

export interface BytesOfProcess {
  /** Of JavaScript's objects and buffers. */
  readonly inUse: number;
  /** Resident, and not in the heap of V8, which keeps room for objects that are gone: what C has. */
  readonly outside: number;
}

/** What this process holds once its garbage is collected and what C freed is given back. Linux alone. */
export async function bytesOfProcess(): Promise<BytesOfProcess> {
  // What a buffer held is given back a turn after its object was found to be garbage.
  for (let round = 0; round < 3; round += 1) {
    await turn();
    collectGarbage();
  }
  trimMalloc(0);
  const { rss, heapTotal, heapUsed, external } = process.memoryUsage();
  return { inUse: heapUsed + external, outside: rss - heapTotal };
}
