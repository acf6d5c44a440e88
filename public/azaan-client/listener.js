import { AzaanClient } from './client.js';
import { AzaanError } from './azaan-error.js';
import { RelayPeer } from './relay-peer.js';
import { sleep } from './timing.js';

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
 * @typedef {import('./client.js').ClientOptions & { audio?: HTMLAudioElement }} ListenerOptions `audio` plays the sound, and
 *   is made when absent
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
 *
 * @extends {AzaanClient<ListenerState>}
 */
export class AzaanListener extends AzaanClient {
  #networkChanged = false;
  /** Every connection that is offered TURN takes a place there, used or not: so a listener who hears without is not. */
  #needsTurn = false;
  #playbackBlocked = false;

  /** @param {ListenerOptions} options */
  constructor({ audio = new Audio(), ...options }) {
    super(options);
    this.audio = audio;
    audio.autoplay = true;
    audio.addEventListener('playing', () => this.#setPlaybackBlocked(false));
    audio.addEventListener('pause', () => this.#onPause());
  }

  get playbackBlocked() {
    return this.#playbackBlocked;
  }

  /** Begins to listen. Call it from a click or touch, so that the browser lets the sound play. */
  start() {
    const signal = this._begin();
    if (!signal) return;
    this.#needsTurn = false;
    globalThis.addEventListener('online', this.#onNetworkChange);
    // Safari unlocks an element only while a gesture is handled, and the sound comes later.
    this.audio.play().catch(() => {});
    this._setState('connecting');
    this._keepTrying(signal, () => this.#listen(signal));
  }

  /** Ends everything: connection, timers, sound. `start()` begins anew. */
  stop() {
    if (!this._end()) return;
    globalThis.removeEventListener('online', this.#onNetworkChange);
    this._setState('stopped');
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
    const direct = !this.#needsTurn || this.state === 'waiting';
    const peer = new RelayPeer(direct ? [] : await this._iceServers.get(signal));
    try {
      peer.connection.addTransceiver('audio', { direction: 'recvonly' });
      peer.connection.addEventListener('track', ({ track, streams }) =>
        this.#play(streams[0] ?? new MediaStream([track])),
      );
      this.#networkChanged = false;
      const answer = await this.#askForBroadcast(await peer.offer(signal), direct, signal);
      if (!answer) return;
      if (this.state === 'waiting') this._setState('connecting');
      // Known from before: the question was asked directly, and what there is to hear comes through TURN.
      if (direct && this.#needsTurn) return;
      if (!(await this.#connectOrTurn(peer, answer, direct, signal))) return;
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
      const answer = await this._exchange('/consumer', offer, signal, { direct });
      if (answer) return answer;
      this._madeIt();
      this._setState('waiting');
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
  async #connectOrTurn(peer, answer, direct, signal) {
    try {
      await this._connect(peer, answer, signal, direct ? DIRECT_TIMEOUT_MS : undefined);
      return true;
    } catch (error) {
      if (!(error instanceof AzaanError) || !error.retryable) throw error;
      if (!direct || (await this._iceServers.get(signal)).length === 0) throw error;
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
        this._madeIt();
        this._setState('live');
      }
      const stillMs = performance.now() - movedAt;
      if (stillMs > INTERRUPTED_AFTER_MS) this._setState('interrupted');
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
    if (seconds > 0) this._silence.hear(10 * Math.log10((now.energy - before.energy) / seconds));
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
    if (this._signal && srcObject instanceof MediaStream && srcObject.active) this.#setPlaybackBlocked(true);
  }

  /** @param {boolean} blocked */
  #setPlaybackBlocked(blocked) {
    if (this.#playbackBlocked === blocked) return;
    this.#playbackBlocked = blocked;
    this._emit(blocked ? 'playbackblocked' : 'playbackresumed');
  }

  #onNetworkChange = () => {
    this.#networkChanged = true;
    this.#needsTurn = false;
  };

  /** @param {ListenerState} state */
  _setState(state) {
    if (state !== 'live') this._silence.reset();
    super._setState(state);
  }
}
