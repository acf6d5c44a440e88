import { AzaanError } from './azaan-error.js';
import { sleep } from './timing.js';

/**
 * Makes attempt after attempt until `signal` aborts. An attempt that resolves is followed by the next at once; one that
 * fails with a retryable error, after a jittered wait, which ends early when the device comes back online.
 *
 * @param {(signal: AbortSignal) => Promise<void>} attempt
 * @param {{ signal: AbortSignal, backoff: import('./timing.js').Backoff, onRetry: (error: AzaanError) => void }} options
 * @returns {Promise<void>} resolves once `signal` has aborted
 * @throws whatever is not a retryable `AzaanError`
 */
export async function keepTrying(attempt, { signal, backoff, onRetry }) {
  while (!signal.aborted) {
    try {
      await attempt(signal);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof AzaanError) || !error.retryable) throw error;
      onRetry(error);
      // A wait that the server asks for is kept in full, even when the network just came back.
      const untilOnline = error.retryAfterMs === 0;
      await sleep(error.retryAfterMs + backoff.nextMs(), signal, { untilOnline }).catch(() => {});
    }
  }
}

/**
 * A value that may be given as such, or as a function that fetches a fresh one: tokens and TURN credentials expire
 * while a client is still reconnecting with them.
 *
 * @template T
 * @typedef {T | (() => T | Promise<T>)} Fresh
 */

/**
 * @template T
 * @param {Fresh<T>} value
 * @returns {Promise<T>}
 */
export async function fresh(value) {
  if (typeof value !== 'function') return value;
  try {
    return await /** @type {() => T | Promise<T>} */ (value)();
  } catch (error) {
    throw error instanceof AzaanError
      ? error
      : new AzaanError('network', 'Credentials were not found.', { cause: error });
  }
}

/**
 * The longest wait for a media connection. A relay with one UDP port can hand a reused source address to a dead peer, and
 * such a join never connects: so the first wait is short and the next attempt has a new port. Slow networks get more
 * time with each attempt.
 *
 * @param {number} failures attempts that ran out of time so far
 */
export function connectTimeoutMs(failures) {
  return Math.min(10_000, 3_000 * 1.5 ** failures);
}
