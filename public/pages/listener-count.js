const POLL_MS = 4_000;

/** Asks the relay every few seconds how many listeners a masjid has (`GET /broadcast`). */
export class ListenerCount {
  /** @type {AbortController | undefined} */
  #running;

  /** @param {(listeners: number | undefined) => void} onCount undefined when the relay does not say */
  constructor(onCount) {
    this.onCount = onCount;
  }

  /**
   * @param {string} masjid
   * @param {string | undefined} token
   */
  start(masjid, token) {
    if (this.#running) return;
    const running = new AbortController();
    this.#running = running;
    const ask = async () => {
      this.onCount(await countListeners(masjid, token, running.signal));
      if (!running.signal.aborted) timer = setTimeout(ask, POLL_MS);
    };
    let timer = setTimeout(ask, 0);
    running.signal.addEventListener('abort', () => clearTimeout(timer));
  }

  stop() {
    this.#running?.abort();
    this.#running = undefined;
  }
}

/**
 * @param {string} masjid
 * @param {string | undefined} token
 * @param {AbortSignal} signal
 * @returns {Promise<number | undefined>}
 */
async function countListeners(masjid, token, signal) {
  try {
    const response = await fetch(`/broadcast?${new URLSearchParams({ connectionID: masjid })}`, {
      headers: token ? { Authorization: `Bearer ${token}` } : {},
      signal,
    });
    if (!response.ok) return undefined;
    /** @type {Record<string, { state: string }[]>} */
    const broadcasts = await response.json();
    const listeners = Object.hasOwn(broadcasts, masjid) ? (broadcasts[masjid] ?? []) : [];
    return listeners.filter(({ state }) => state === 'connected').length;
  } catch {
    return undefined;
  }
}
