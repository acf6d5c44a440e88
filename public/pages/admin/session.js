import { AzaanError } from '../../azaan-client/azaan-error.js';
import { AdminApi } from './admin-api.js';
import { keepAsking } from './keep-asking.js';

const STATUS_EVERY_MS = 2_000;
const READINESS_EVERY_MS = 5_000;
/** Each reading is on record with the addresses it shows, and bans last a minute at least. */
const BANS_EVERY_MS = 10_000;

const FORBIDDEN = 403;
const NOT_FOUND = 404;

/**
 * @typedef {object} Handlers
 * @property {(status: import('./admin-api.js').Status) => void} onStatus
 * @property {(parts: import('./admin-api.js').Parts) => void} onParts
 * @property {(bans: import('./admin-api.js').Bans) => void} onBans
 * @property {() => void} onBansClosed the proxy keeps the list from where this page is
 * @property {(error: AzaanError) => void} onTrouble it passes with time, and is tried again
 * @property {(error: AzaanError) => void} onRefused the session is over
 */

/** What one admin key sees and does, until it is refused or closed. */
export class AdminSession {
  #ending = new AbortController();
  #isAccepted = false;
  #api;

  /**
   * @param {string} token
   * @param {Handlers} handlers
   */
  constructor(token, handlers) {
    this.#api = new AdminApi(token);
    this.handlers = handlers;
  }

  /** Asks from now on. */
  start() {
    const { signal } = this.#ending;
    const { onTrouble } = this.handlers;
    keepAsking(this.#readStatus, { everyMs: STATUS_EVERY_MS, signal, onTrouble }).catch(this.#refused);
  }

  /** What is asked besides, once the key is known to be good: a bad one should count as one failed call. */
  #startTheRest() {
    const { signal } = this.#ending;
    // The trouble that these meet is the trouble of the first, which tells of it sooner.
    keepAsking(this.#readParts, { everyMs: READINESS_EVERY_MS, signal }).catch(this.#refused);
    keepAsking(this.#readBans, { everyMs: BANS_EVERY_MS, signal }).catch((error) => {
      if (error instanceof AzaanError && error.status === FORBIDDEN) this.handlers.onBansClosed();
      else this.#refused(error);
    });
  }

  /**
   * @param {boolean} draining
   * @throws {AzaanError} when it did not work
   */
  async setMaintenance(draining) {
    await this.#api.setMaintenance(draining, this.#ending.signal);
    await this.#showChange(this.#readStatus);
  }

  /**
   * @param {string} id
   * @throws {AzaanError} when it did not work
   */
  async liftBan(id) {
    const { signal } = this.#ending;
    await this.#api.liftBan(id, signal).catch((error) => {
      // It was over already, which is what was wanted.
      if (!(error instanceof AzaanError) || error.status !== NOT_FOUND) throw error;
    });
    await this.#showChange(this.#readBans);
  }

  close() {
    this.#ending.abort();
  }

  /**
   * Reads at once what an action changed. When that fails, the action worked all the same, and the next reading shows it.
   *
   * @param {(signal: AbortSignal) => Promise<void>} read
   */
  async #showChange(read) {
    const { signal } = this.#ending;
    try {
      await read(signal);
    } catch (error) {
      if (!(error instanceof AzaanError) && !signal.aborted) throw error;
    }
  }

  /** @param {AbortSignal} signal */
  #readStatus = async (signal) => {
    this.#tell(await this.#api.status(signal), this.handlers.onStatus);
    if (this.#isAccepted || this.#ending.signal.aborted) return;
    this.#isAccepted = true;
    this.#startTheRest();
  };

  /** @param {AbortSignal} signal */
  #readParts = async (signal) => this.#tell(await this.#api.readiness(signal), this.handlers.onParts);

  /** @param {AbortSignal} signal */
  #readBans = async (signal) => this.#tell(await this.#api.bans(signal), this.handlers.onBans);

  /**
   * @template Answer
   * @param {Answer} answer
   * @param {(answer: Answer) => void} handler
   */
  #tell(answer, handler) {
    // An answer that was on its way when the session ended belongs to nobody.
    if (!this.#ending.signal.aborted) handler(answer);
  }

  /** @param {unknown} error */
  #refused = (error) => {
    if (this.#ending.signal.aborted) return;
    if (!(error instanceof AzaanError)) throw error;
    this.close();
    this.handlers.onRefused(error);
  };
}
