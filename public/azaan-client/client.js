import { AzaanError } from './azaan-error.js';
import { IceServers } from './ice-servers.js';
import { connectTimeoutMs, fresh, keepTrying } from './keep-trying.js';
import { exchangeOffer } from './signalling.js';
import { SilenceWatch } from './silence-watch.js';
import { Backoff } from './timing.js';

/**
 * @typedef {object} ClientOptions
 * @property {string} url address of the relay, such as `https://azaan.example`
 * @property {string | number} connectionID the masjid to speak for, or to listen to
 * @property {string | number} [version] a label of the app's choice, echoed by the relay
 * @property {import('./keep-trying.js').Fresh<string | undefined>} [token] of a broadcaster, or of a listener where the relay
 *   asks listeners for one; a function is called before each attempt
 * @property {import('./keep-trying.js').Fresh<RTCIceServer[]>} [iceServers] those that the relay offers, when absent; a
 *   function is called before each attempt
 *
 * @typedef {'idle' | 'connecting' | 'reconnecting' | 'stopped'} CommonState
 */

/**
 * What broadcaster and listener share: one masjid of one relay, a state, and attempts that go on until `stop()`. Members
 * that begin with an underscore are theirs alone.
 *
 * @template {string} State
 */
export class AzaanClient extends EventTarget {
  /** @type {State | CommonState} */
  #state = 'idle';
  /** @type {AbortController | undefined} */
  #running;
  #backoff;
  #timeouts = 0;
  _silence = new SilenceWatch((silent) => this._emit('silencechange', { silent }));

  /**
   * @param {ClientOptions} options
   * @param {Backoff} backoff between attempts
   */
  constructor({ url, connectionID, version, token, iceServers }, backoff = new Backoff()) {
    super();
    this.url = url;
    this.connectionID = connectionID;
    this.version = version;
    this.token = token;
    this.#backoff = backoff;
    this._iceServers = new IceServers({ url, token, iceServers });
  }

  get state() {
    return this.#state;
  }

  /** Whether the microphone, or what arrives of it, has been silent for a while. */
  get silent() {
    return this._silence.silent;
  }

  /** @abstract */
  stop() {}

  /** Aborts with `stop()`; undefined while stopped. */
  get _signal() {
    return this.#running?.signal;
  }

  /** @returns {AbortSignal | undefined} undefined when it was started before */
  _begin() {
    if (this.#running) return undefined;
    this.#running = new AbortController();
    this.#timeouts = 0;
    this._madeIt();
    return this._signal;
  }

  /** @returns {boolean} false when there is nothing to end */
  _end() {
    if (!this.#running) return false;
    this.#running.abort();
    this.#running = undefined;
    return true;
  }

  /**
   * @param {AbortSignal} signal
   * @param {(signal: AbortSignal) => Promise<void>} attempt one connection, from its offer to its end
   */
  _keepTrying(signal, attempt) {
    const onRetry = (/** @type {AzaanError} */ error) => {
      this._setState('reconnecting');
      this._emit('error', error);
    };
    keepTrying(attempt, { signal, backoff: this.#backoff, onRetry }).catch((error) => this._fail(error));
  }

  /** The next wait is a short one again. */
  _madeIt() {
    this.#backoff.reset();
  }

  /**
   * @param {'/broadcast' | '/consumer'} path
   * @param {{ type: string, sdp: string }} offer
   * @param {AbortSignal} signal
   * @param {{ direct?: boolean }} [more]
   */
  async _exchange(path, offer, signal, more) {
    const { url, connectionID, version } = this;
    const token = await fresh(this.token);
    return exchangeOffer(path, { url, connectionID, version, token, ...more }, offer, signal);
  }

  /**
   * @param {import('./relay-peer.js').RelayPeer} peer
   * @param {RTCSessionDescriptionInit} answer
   * @param {AbortSignal} signal
   * @param {number} [firstTimeoutMs] longest wait of an attempt that follows none that ran out of time
   */
  async _connect(peer, answer, signal, firstTimeoutMs = connectTimeoutMs(0)) {
    try {
      await peer.connect(answer, this.#timeouts === 0 ? firstTimeoutMs : connectTimeoutMs(this.#timeouts), signal);
      this.#timeouts = 0;
    } catch (error) {
      if (error instanceof AzaanError && error.code === 'connect-timeout') this.#timeouts += 1;
      throw error;
    }
  }

  /** @param {unknown} error that would only come again */
  _fail(error) {
    this.stop();
    if (error instanceof AzaanError) this._emit('error', error);
    else globalThis.reportError(error);
  }

  /** @param {State | CommonState} state */
  _setState(state) {
    if (this.#state === state) return;
    const previous = this.#state;
    this.#state = state;
    this._emit('statechange', { state, previous });
  }

  /**
   * @param {string} type
   * @param {unknown} [detail]
   */
  _emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
