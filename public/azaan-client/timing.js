/** Rising waits between attempts, with full jitter, so that a thousand clients of one server never return together. */
export class Backoff {
  #attempt = 0;

  /** @param {{ baseMs?: number, capMs?: number }} [options] */
  constructor({ baseMs = 500, capMs = 15_000 } = {}) {
    this.baseMs = baseMs;
    this.capMs = capMs;
  }

  /** How long to wait now: anything from 0 to the ceiling, which doubles with each call. */
  nextMs() {
    const ceilingMs = Math.min(this.capMs, this.baseMs * 2 ** this.#attempt);
    this.#attempt += 1;
    return Math.random() * ceilingMs;
  }

  reset() {
    this.#attempt = 0;
  }
}

/**
 * Resolves after `ms`, or earlier when the device comes back online. Rejects when `signal` aborts.
 *
 * @param {number} ms
 * @param {AbortSignal} signal
 * @param {{ untilOnline?: boolean }} [options]
 * @returns {Promise<void>}
 */
export function sleep(ms, signal, { untilOnline = false } = {}) {
  return new Promise((resolve, reject) => {
    const settle = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', settle);
      if (untilOnline) globalThis.removeEventListener('online', settle);
      if (signal.aborted) reject(abortReason());
      else resolve();
    };
    const timer = setTimeout(settle, ms);
    signal.addEventListener('abort', settle);
    if (untilOnline) globalThis.addEventListener('online', settle);
    if (signal.aborted) settle();
  });
}

/**
 * A signal that aborts with `signal`, or after `ms`. By hand, because `AbortSignal.any` is missing from phones that
 * are a few years old.
 *
 * @param {AbortSignal} signal
 * @param {number} ms
 * @returns {{ signal: AbortSignal, release: () => void }} `release` ends the timer
 */
export function withDeadline(signal, ms) {
  const controller = new AbortController();
  const abort = () => controller.abort();
  const timer = setTimeout(abort, ms);
  signal.addEventListener('abort', abort);
  if (signal.aborted) abort();
  return {
    signal: controller.signal,
    release: () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    },
  };
}

export function abortReason() {
  return new DOMException('Stopped', 'AbortError');
}
