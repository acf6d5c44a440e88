import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 5;

/** Resolves to whether `condition` came true in time. @throws AbortError when `signal` is aborted */
export async function until(condition: () => boolean, timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
  const deadlineMs = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() >= deadlineMs) return false;
    await sleep(POLL_MS, undefined, { signal });
  }
  return true;
}
