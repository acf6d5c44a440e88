import { AzaanError } from './azaan-error.js';
import { IceServers } from './ice-servers.js';
import { connectTimeoutMs, fresh, keepTrying } from './keep-trying.js';
import { RelayPeer } from './relay-peer.js';
import { exchangeOffer } from './signalling.js';
import { SilenceWatch } from './silence-watch.js';
import { Backoff, sleep } from './timing.js';

/** Between questions for a broadcast that has not begun, on average. */
const POLL_MS = 3_000;
/** An offer serves several polls; after this it is made anew, as the device may have changed networks. */
const OFFER_LIFETIME_MS = 60_000;
/**
 * The longest wait for a first connection without TURN: it takes three round trips, which slow phone networks make in
 * this, and those who need TURN must not miss more of the azaan. What runs out of it is not lost: an attempt with TURN
 * tries the direct path too.
 */
const DIRECT_TIMEOUT_MS = 2_000;
/** Packets that stand still for this long are a pause that the listener should see. */
const INTERRUPTED_AFTER_MS = 2_500;
/** A pause this long is worth asking the relay whether the broadcast goes on. */
const REJOIN_AFTER_MS = 20_000;
/** The same just after the network changed, when the old path is probably dead. */
const REJOIN_AFTER_NETWORK_CHANGE_MS = 1_500;
const FIRST_PACKET_CHECK_MS = 200;
const PACKET_CHECK_MS = 1_000;

/**
 * - `idle`: never started
 * - `waiting`: there is no broadcast yet; it is asked for every few seconds
 * - `connecting`: there is one, and the connection is being made
 * - `live`: sound arrives
 * - `interrupted`: connected, but no packets come, for instance because the broadcaster is away
 * - `reconnecting`: the connection was lost, or the server cannot be reached; the next attempt comes by itself
 * - `stopped`: by `stop()`, or by an error that would only come again
 *
 * @typedef {'idle' | 'waiting' | 'connecting' | 'live' | 'interrupted' | 'reconnecting' | 'stopped'} ListenerState
 *
 * @typedef {object} ListenerOptions
 * @property {string} url address of the relay, such as `https://azaan.example`
 * @property {string | number} connectionID the masjid to listen to
 * @property {string | number} [version] a label of the app's choice, echoed by the relay
 * @property {import('./keep-trying.js').Fresh<string | undefined>} [token] when the relay asks listeners for one; a
 *   function is called before each attempt
 * @property {import('./keep-trying.js').Fresh<RTCIceServer[]>} [iceServers] those that the relay offers, when
 *   absent; a function is called before each attempt
 * @property {HTMLAudioElement} [audio] plays the sound; made when absent
 */

/**
 * Hears one masjid, and keeps hearing it: waits for the broadcast, reconnects by itself, and never gives up until
 * `stop()`.
 *
 * Events, all `CustomEvent`:
 * - `statechange`: `detail` is `{ state, previous }`
 * - `error`: `detail` is an `AzaanError`; when it is `retryable`, the listener goes on by itself
 * - `playbackblocked`: the browser or the system keeps the sound from playing; call `resume()` from a click or touch
 * - `playbackresumed`: it plays again
 * - `silencechange`: `detail` is `{ silent }`: sound arrives, but has been silent for a while, as of a microphone that is off
 */
export class AzaanListener extends EventTarget {
  /** @type {ListenerState} */
  #state = 'idle';
  /** @type {AbortController | undefined} */
  #running;
  #backoff = new Backoff();
  #timeouts = 0;
  #networkChanged = false;
  /** Every connection that is offered TURN takes a place there, used or not: so a listener who hears without is not. */
  #needsTurn = false;
  /** @type {IceServers} */
  #iceServers;
  #playbackBlocked = false;
  #silence = new SilenceWatch((silent) => {
    this.dispatchEvent(new CustomEvent('silencechange', { detail: { silent } }));
  });

  /** @param {ListenerOptions} options */
  constructor({ url, connectionID, version, token, iceServers, audio = new Audio() }) {
    super();
    this.url = url;
    this.connectionID = connectionID;
    this.version = version;
    this.token = token;
    this.#iceServers = new IceServers({ url, token, iceServers });
    this.audio = audio;
    audio.autoplay = true;
    audio.addEventListener('playing', () => this.#setPlaybackBlocked(false));
    audio.addEventListener('pause', () => this.#onPause());
  }

  get state() {
    return this.#state;
  }

  /** Whether what arrives has been silent for a while. */
  get silent() {
    return this.#silence.silent;
  }

  get playbackBlocked() {
    return this.#playbackBlocked;
  }

  /** Begins to listen. Call it from a click or touch, so that the browser lets the sound play. */
  start() {
    if (this.#running) return;
    const running = new AbortController();
    this.#running = running;
    this.#backoff.reset();
    this.#timeouts = 0;
    this.#needsTurn = false;
    globalThis.addEventListener('online', this.#onNetworkChange);
    // Safari unlocks an element only while a gesture is handled, and the sound comes later.
    this.audio.play().catch(() => {});
    this.#setState('connecting');
    keepTrying((signal) => this.#listen(signal), {
      signal: running.signal,
      backoff: this.#backoff,
      onRetry: (error) => this.#onRetry(error),
    }).catch((error) => this.#onFatal(error));
  }

  /** Ends everything: connection, timers, sound. `start()` begins anew. */
  stop() {
    if (!this.#running) return;
    this.#running.abort();
    this.#running = undefined;
    globalThis.removeEventListener('online', this.#onNetworkChange);
    this.#setState('stopped');
    this.#setPlaybackBlocked(false);
    this.audio.srcObject = null;
  }

  /** Plays after `playbackblocked`; call it from a click or touch. */
  async resume() {
    try {
      await this.audio.play();
    } catch (error) {
      this.#onPlayError(error);
    }
  }

  /**
   * One connection, from its offer to its end.
   *
   * @param {AbortSignal} signal
   */
  async #listen(signal) {
    const direct = !this.#needsTurn || this.#state === 'waiting';
    const peer = new RelayPeer(direct ? [] : await this.#iceServers.get(signal));
    try {
      peer.connection.addTransceiver('audio', { direction: 'recvonly' });
      peer.connection.addEventListener('track', ({ track, streams }) =>
        this.#play(streams[0] ?? new MediaStream([track])),
      );
      this.#networkChanged = false;
      const answer = await this.#askForBroadcast(await peer.offer(signal), direct, signal);
      if (!answer) return;
      if (this.#state === 'waiting') this.#setState('connecting');
      // Known from before: the question was asked directly, and what there is to hear comes through TURN.
      if (direct && this.#needsTurn) return;
      if (!(await this.#connect(peer, answer, direct, signal))) return;
      await this.#watchPackets(peer, signal);
    } finally {
      peer.close();
    }
  }

  /**
   * @param {{ type: string, sdp: string }} offer
   * @param {boolean} direct whether it may be kept while there is no broadcast
   * @param {AbortSignal} signal
   * @returns {Promise<RTCSessionDescriptionInit | undefined>} undefined when another offer has to be made
   */
  async #askForBroadcast(offer, direct, signal) {
    const madeAt = performance.now();
    for (;;) {
      const { url, connectionID, version } = this;
      const token = await fresh(this.token);
      const answer = await exchangeOffer('/consumer', { url, connectionID, version, token, direct }, offer, signal);
      if (answer) return answer;
      this.#backoff.reset();
      this.#setState('waiting');
      await sleep(POLL_MS * (0.5 + Math.random()), signal, { untilOnline: true });
      if (!direct || this.#networkChanged || performance.now() - madeAt > OFFER_LIFETIME_MS) return undefined;
    }
  }

  /**
   * @param {RelayPeer} peer
   * @param {RTCSessionDescriptionInit} answer
   * @param {boolean} direct
   * @param {AbortSignal} signal
   * @returns {Promise<boolean>} false when the direct path is closed, and TURN is worth an attempt at once
   */
  async #connect(peer, answer, direct, signal) {
    const timeoutMs = direct && this.#timeouts === 0 ? DIRECT_TIMEOUT_MS : connectTimeoutMs(this.#timeouts);
    try {
      await peer.connect(answer, timeoutMs, signal);
      this.#timeouts = 0;
      return true;
    } catch (error) {
      if (!(error instanceof AzaanError) || !error.retryable) throw error;
      if (error.code === 'connect-timeout') this.#timeouts += 1;
      if (!direct || (await this.#iceServers.get(signal)).length === 0) throw error;
      this.#needsTurn = true;
      return false;
    }
  }

  /**
   * Tells `live` from `interrupted` by the packets that arrive. Returns only by throwing.
   *
   * @param {RelayPeer} peer
   * @param {AbortSignal} signal
   */
  async #watchPackets(peer, signal) {
    let last = { packets: 0, energy: 0, seconds: 0 };
    let movedAt = performance.now();
    const rejoinAfterMs = REJOIN_AFTER_MS * (0.75 + Math.random() / 2);
    for (;;) {
      const now = await peer.received();
      if (now.packets > last.packets) {
        this.#hear(last, now);
        last = now;
        movedAt = performance.now();
        this.#networkChanged = false;
        this.#backoff.reset();
        this.#setState('live');
      }
      const stillMs = performance.now() - movedAt;
      if (stillMs > INTERRUPTED_AFTER_MS) this.#setState('interrupted');
      if (stillMs > (this.#networkChanged ? REJOIN_AFTER_NETWORK_CHANGE_MS : rejoinAfterMs)) {
        throw new AzaanError('connection-lost', `No packets for ${Math.round(stillMs)} ms.`);
      }
      const checkMs = last.packets === 0 ? FIRST_PACKET_CHECK_MS : PACKET_CHECK_MS;
      await Promise.race([sleep(checkMs, signal), peer.lost]);
    }
  }

  /**
   * A browser that does not tell what it plays never calls it silent.
   *
   * @param {{ energy: number, seconds: number }} before
   * @param {{ energy: number, seconds: number }} now
   */
  #hear(before, now) {
    const seconds = now.seconds - before.seconds;
    if (seconds > 0) this.#silence.hear(10 * Math.log10((now.energy - before.energy) / seconds));
  }

  /** @param {MediaStream} stream */
  #play(stream) {
    this.audio.srcObject = stream;
    this.audio.play().catch((error) => this.#onPlayError(error));
  }

  /** @param {unknown} error */
  #onPlayError(error) {
    // An AbortError only says that a newer stream took the place of this one.
    if (error instanceof DOMException && error.name === 'NotAllowedError') this.#setPlaybackBlocked(true);
  }

  /** The system may pause the element, for a phone call or when headphones are pulled out. */
  #onPause() {
    const { srcObject } = this.audio;
    if (this.#running && srcObject instanceof MediaStream && srcObject.active) this.#setPlaybackBlocked(true);
  }

  /** @param {boolean} blocked */
  #setPlaybackBlocked(blocked) {
    if (this.#playbackBlocked === blocked) return;
    this.#playbackBlocked = blocked;
    this.dispatchEvent(new CustomEvent(blocked ? 'playbackblocked' : 'playbackresumed'));
  }

  #onNetworkChange = () => {
    this.#networkChanged = true;
    this.#needsTurn = false;
  };

  /** @param {AzaanError} error */
  #onRetry(error) {
    this.#setState('reconnecting');
    this.dispatchEvent(new CustomEvent('error', { detail: error }));
  }

  /** @param {unknown} error */
  #onFatal(error) {
    this.stop();
    if (error instanceof AzaanError) this.dispatchEvent(new CustomEvent('error', { detail: error }));
    else globalThis.reportError(error);
  }

  /** @param {ListenerState} state */
  #setState(state) {
    if (this.#state === state) return;
    const previous = this.#state;
    this.#state = state;
    if (state !== 'live') this.#silence.reset();
    this.dispatchEvent(new CustomEvent('statechange', { detail: { state, previous } }));
  }
}
