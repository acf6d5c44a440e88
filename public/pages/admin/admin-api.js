import { AzaanError } from '../../azaan-client/azaan-error.js';
import { refusal } from '../../azaan-client/signalling.js';
import { withDeadline } from '../../azaan-client/timing.js';

const REQUEST_TIMEOUT_MS = 5_000;
const NO_CONTENT = 204;
/** Nothing is kept, and nothing is sent along that the page did not put there. */
const ALWAYS_ANEW = /** @type {const} */ ({ cache: 'no-store', credentials: 'omit' });

/**
 * One broadcast of `GET /status`, as far as the page shows it; null is "not known".
 *
 * @typedef {object} Broadcast
 * @property {string} masjidId
 * @property {string} startedAt ISO 8601
 * @property {'connecting' | 'live' | 'interrupted'} state
 * @property {number} listenerCount
 * @property {number | null} audioLevelDbov
 * @property {number} silentForSeconds
 * @property {number | null} packetsPerSecond
 * @property {number | null} lossPercent
 * @property {number} joinFailures
 */
/**
 * @typedef {object} MediaWorker
 * @property {number} index
 * @property {boolean} ready
 * @property {number} listeners
 * @property {number | null} cpuPercent of one core
 * @property {number | null} rss in bytes
 * @property {number | null} eventLoopLagMs
 * @property {number} restarts
 */
/**
 * `GET /status`, as far as the page shows it.
 *
 * @typedef {object} Status
 * @property {number} uptimeSeconds
 * @property {Broadcast[]} activeBroadcasts
 * @property {number} totalConnectedListeners
 * @property {Record<'ok' | 'bad_offer' | 'capacity' | 'address_limit' | 'unavailable', number>} joins
 * @property {Record<'left' | 'connect_timeout' | 'no_direct_path' | 'silent' | 'failed' | 'closed_by_relay' | 'worker_lost', number>} listenerDisconnects
 * @property {{ rss: number, eventLoopLagMs: number }} process
 * @property {MediaWorker[]} mediaWorkers
 * @property {string} version
 * @property {string} node
 * @property {boolean} draining
 */
/** @typedef {Record<string, { status: 'up' | 'down' }>} Parts of `GET /readyz`, by name */
/**
 * @typedef {object} Ban
 * @property {string} id
 * @property {string} address
 * @property {string | null} userAgent
 * @property {string} reason code of the refusal that brought it
 * @property {string} endsAt
 * @property {number} refusedCalls
 */
/** @typedef {{ total: number, bans: Ban[] }} Bans */

/**
 * The calls of an admin. The token is held by this object and goes nowhere but into the header of its calls. Every call
 * throws `AzaanError`: `unauthorized` (status 401 or 403), `refused`, `busy` or `network`.
 */
export class AdminApi {
  #token;

  /** @param {string} token */
  constructor(token) {
    this.#token = token;
  }

  /**
   * @param {AbortSignal} signal
   * @returns {Promise<Status>}
   */
  status(signal) {
    return this.#call('GET', '/status', signal);
  }

  /**
   * @param {AbortSignal} signal
   * @returns {Promise<Bans>}
   */
  bans(signal) {
    return this.#call('GET', '/admin/bans', signal);
  }

  /**
   * @param {string} id
   * @param {AbortSignal} signal
   */
  async liftBan(id, signal) {
    await this.#call('DELETE', `/admin/bans/${encodeURIComponent(id)}`, signal);
  }

  /**
   * @param {boolean} draining
   * @param {AbortSignal} signal
   */
  async setMaintenance(draining, signal) {
    await this.#call('POST', '/maintenance', signal, { draining });
  }

  /**
   * Of anyone: a part that is down makes the answer 503, which is no failure of the call.
   *
   * @param {AbortSignal} signal
   * @returns {Promise<Parts>}
   */
  readiness(signal) {
    return withinDeadline(signal, async (deadline) => {
      const response = await fetch('/readyz', { ...ALWAYS_ANEW, signal: deadline });
      const { details } = await response.json();
      if (details === undefined) throw new Error('The relay is away.');
      return details;
    });
  }

  /**
   * @param {'GET' | 'POST' | 'DELETE'} method
   * @param {string} path
   * @param {AbortSignal} signal
   * @param {object} [body]
   * @returns {Promise<any>} the body of the answer, undefined when there is none
   */
  #call(method, path, signal, body) {
    const headers = {
      Authorization: `Bearer ${this.#token}`,
      ...(body ? { 'Content-Type': 'application/json' } : {}),
    };
    const request = { ...ALWAYS_ANEW, method, headers, ...(body ? { body: JSON.stringify(body) } : {}) };
    return withinDeadline(signal, async (deadline) => {
      const response = await fetch(path, { ...request, signal: deadline });
      if (!response.ok) throw await refusal(response);
      return response.status === NO_CONTENT ? undefined : response.json();
    });
  }
}

/**
 * @template Answer
 * @param {AbortSignal} signal
 * @param {(deadline: AbortSignal) => Promise<Answer>} call
 */
async function withinDeadline(signal, call) {
  const deadline = withDeadline(signal, REQUEST_TIMEOUT_MS);
  try {
    return await call(deadline.signal);
  } catch (error) {
    if (error instanceof AzaanError || signal.aborted) throw error;
    throw new AzaanError('network', 'The relay did not answer.', { cause: error });
  } finally {
    deadline.release();
  }
}
