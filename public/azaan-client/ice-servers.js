import { fresh } from './keep-trying.js';
import { withDeadline } from './timing.js';

/** Most networks need no TURN server: a relay that is slow to name one must not delay them. */
const REQUEST_TIMEOUT_MS = 2_000;

/**
 * The STUN and TURN servers of a client: those that the app gives, or else those that the relay offers
 * (`GET /ice-servers`), which are asked for again when half of their life is over.
 */
export class IceServers {
  /** @type {RTCIceServer[]} */
  #known = [];
  #goodUntilMs = 0;

  /**
   * @param {object} options
   * @param {string} options.url address of the relay
   * @param {import('./keep-trying.js').Fresh<string | undefined> | undefined} options.token
   * @param {import('./keep-trying.js').Fresh<RTCIceServer[]> | undefined} options.iceServers
   */
  constructor({ url, token, iceServers }) {
    this.url = url;
    this.token = token;
    this.given = iceServers;
  }

  /**
   * For the next connection. What the relay does not tell is left out: most connections work without.
   *
   * @param {AbortSignal} signal
   * @returns {Promise<RTCIceServer[]>}
   */
  async get(signal) {
    if (this.given !== undefined) return fresh(this.given);
    if (performance.now() < this.#goodUntilMs) return this.#known;
    const deadline = withDeadline(signal, REQUEST_TIMEOUT_MS);
    try {
      const token = await fresh(this.token);
      const response = await fetch(`${this.url.replace(/\/+$/, '')}/ice-servers`, {
        headers: token ? { Authorization: `Bearer ${token}` } : {},
        signal: deadline.signal,
      });
      if (!response.ok) return this.#known;
      /** @type {{ iceServers: RTCIceServer[], ttl: number }} */
      const { iceServers, ttl } = await response.json();
      if (!Array.isArray(iceServers)) return this.#known;
      this.#known = iceServers;
      this.#goodUntilMs = performance.now() + (ttl * 1_000) / 2;
    } catch {
      // The offer that follows meets the same trouble, and tells of it.
    } finally {
      deadline.release();
    }
    return this.#known;
  }
}
