import { foreign } from './foreign.js';

/** Some 8 MB, which take a millisecond or two to give back. */
const MANY_OBJECTS = 100;

/** glibc keeps what was freed, and gives it back when asked. Other C libraries have no such call, and less need of it. */
const mallocTrim = declareTrim();
let freed = 0;

/** A large object of C's was freed; now and then what many of them left behind is given back to the system. */
export function countFreed(): void {
  freed += 1;
  if (freed >= MANY_OBJECTS) giveBackFreed();
}

/** Gives back what the last few left. For a quiet moment. */
export function giveBackFreed(): void {
  if (freed > 0) mallocTrim?.(0);
  freed = 0;
}

function declareTrim(): ((keep: number) => number) | undefined {
  try {
    return foreign('int malloc_trim(size_t keep)');
  } catch {
    return undefined;
  }
}
