import { access, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inject } from 'vitest';

const POLL_MS = 200;

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/**
 * What is costly to make, once for all files of a test run: the first that asks makes it, others wait, and nobody changes
 * it later.
 *
 * @param make fills an empty folder @returns the folder
 */
export async function madeOnce(name: string, make: (folder: string) => Promise<void>): Promise<string> {
  const whole = join(inject('sharedFolder'), name);
  const making = `${whole}.making`;
  for (;;) {
    if (await exists(whole)) return whole;
    const isOurs = await mkdir(making).then(
      () => true,
      () => false,
    );
    if (!isOurs) await sleep(POLL_MS);
    // Between the first look and ours, the one before may have finished.
    else if (await exists(whole)) await rm(making, { recursive: true });
    else {
      try {
        await make(making);
        await rename(making, whole);
      } catch (error) {
        await rm(making, { recursive: true, force: true });
        throw error;
      }
    }
  }
}
