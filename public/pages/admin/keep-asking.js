import { AzaanError } from '../../azaan-client/azaan-error.js';
import { Backoff, abortReason, sleep } from '../../azaan-client/timing.js';

/** A page that is left open must not wear the server down when it struggles. */
const LONGEST_WAIT_MS = 30_000;

/**
 * Asks again and again: every `everyMs` while it is answered, more and more seldom while it is not, and not at all while
 * nobody sees the page. Ends when `signal` aborts.
 *
 * @param {(signal: AbortSignal) => Promise<void>} ask
 * @param {object} options
 * @param {number} options.everyMs
 * @param {AbortSignal} options.signal
 * @param {(error: AzaanError) => void} [options.onTrouble] called with each failure that passes with time
 * @returns {Promise<never>} rejects with what does not pass with time, or with an `AbortError`
 */
export async function keepAsking(ask, { everyMs, signal, onTrouble }) {
  const backoff = new Backoff({ baseMs: everyMs, capMs: LONGEST_WAIT_MS });
  for (;;) {
    await untilVisible(signal);
    let waitMs = everyMs;
    try {
      await ask(signal);
      backoff.reset();
    } catch (error) {
      if (!(error instanceof AzaanError) || !error.retryable) throw error;
      onTrouble?.(error);
      waitMs = Math.max(everyMs + backoff.nextMs(), error.retryAfterMs);
    }
    await sleep(waitMs, signal, { untilOnline: true });
  }
}

/**
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
function untilVisible(signal) {
  return new Promise((resolve, reject) => {
    const look = () => {
      if (!signal.aborted && document.visibilityState !== 'visible') return;
      document.removeEventListener('visibilitychange', look);
      signal.removeEventListener('abort', look);
      if (signal.aborted) reject(abortReason());
      else resolve();
    };
    document.addEventListener('visibilitychange', look);
    signal.addEventListener('abort', look);
    look();
  });
}
