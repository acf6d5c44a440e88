/**
 * Why something did not work, as a code that pages translate:
 *
 * - `microphone-denied`, `microphone-missing`, `microphone-busy`: as `getUserMedia` says
 * - `insecure-context`: the page is not on https or localhost, so there is no microphone
 * - `unauthorized`: the server wants a token, or refuses this one (401, 403)
 * - `refused`: the server refuses the request, and would again (400, 413, 415, 422…)
 * - `busy`: the server has no room now (429, 503)
 * - `network`: no sound answer from the server at all
 * - `connect-timeout`: the server answered, but no media connection came about
 * - `connection-lost`: the media connection broke, or fell silent
 * - `taken-over`: another device broadcasts for this masjid now
 *
 * @typedef {'microphone-denied' | 'microphone-missing' | 'microphone-busy' | 'insecure-context' | 'unauthorized'
 *   | 'refused' | 'busy' | 'network' | 'connect-timeout' | 'connection-lost' | 'taken-over'} AzaanErrorCode
 */

/** Codes that pass with time; after any other one the client stops. */
const RETRYABLE = new Set(['busy', 'network', 'connect-timeout', 'connection-lost']);

/** A failure with a code. Sent as `event.detail` of `error` events, and thrown by `AzaanBroadcaster.start()`. */
export class AzaanError extends Error {
  name = 'AzaanError';

  /**
   * @param {AzaanErrorCode} code
   * @param {string} message English, for developers
   * @param {{ status?: number, detail?: string, retryAfterMs?: number, cause?: unknown }} [more]
   */
  constructor(code, message, { status, detail, retryAfterMs = 0, cause } = {}) {
    super(message, { cause });
    this.code = code;
    /** HTTP status, when there was one. */
    this.status = status;
    /** The server's own explanation (`detail` of RFC 9457), when there was one. */
    this.detail = detail;
    /** The least time to wait, as the server's `Retry-After` asks; 0 when it does not. */
    this.retryAfterMs = retryAfterMs;
  }

  /** Whether the client tries again by itself. */
  get retryable() {
    return RETRYABLE.has(this.code);
  }
}
