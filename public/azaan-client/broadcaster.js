import { AzaanClient } from './client.js';
import { AzaanError } from './azaan-error.js';
import { Microphone } from './microphone.js';
import { RelayPeer } from './relay-peer.js';
import { abortReason, Backoff, sleep } from './timing.js';
import { WakeLock } from './wake-lock.js';

/** Long enough for several packets of whoever speaks, short enough not to be missed when nobody does. */
const HEARING_MS = 500;
const HEARING_CONNECT_TIMEOUT_MS = 2_000;

/**
 * - `idle`: never started
 * - `starting`: the microphone is being opened
 * - `connecting`: the connection is being made
 * - `live`: the relay hears the microphone
 * - `reconnecting`: the connection was lost; the next attempt comes by itself, and the listeners stay
 * - `stopped`: by `stop()`, or by an error that would only come again
 *
 * @typedef {'idle' | 'starting' | 'connecting' | 'live' | 'reconnecting' | 'stopped'} BroadcasterState
 *
 * @typedef {import('./client.js').ClientOptions} BroadcasterOptions
 */

/**
 * Speaks for one masjid, and keeps speaking: reconnects by itself, keeps the screen awake, never gives up until `stop()`.
 *
 * Events, all `CustomEvent`:
 * - `statechange`: `detail` is `{ state, previous }`
 * - `level`: ten times a second while a microphone is open, `detail` is `{ rmsDbfs, peakDbfs }`
 * - `silencechange`: `detail` is `{ silent }`: the microphone has been silent for a while, or no longer is
 * - `microphonechange`: `detail` is `{ state }`: the system holds the microphone back, or it was lost, or is there again
 * - `error`: `detail` is an `AzaanError`; when it is `retryable`, the broadcaster goes on by itself
 *
 * @extends {AzaanClient<BroadcasterState>}
 */
export class AzaanBroadcaster extends AzaanClient {
  #microphone = new Microphone({
    onStream: (stream) => this.#onStream(stream),
    onChange: () => this._emit('microphonechange', { state: this.microphoneState }),
    onLevel: (level) => this.#onLevel(level),
    onGone: (error) => this._fail(error),
  });
  /** @type {RTCRtpSender | undefined} */
  #sender;
  #wakeLock = new WakeLock();

  /** @param {BroadcasterOptions} options */
  constructor(options) {
    super(options, new Backoff({ capMs: 5_000 }));
  }

  get microphoneState() {
    return this.#microphone.state;
  }

  /** The microphone in use, as `enumerateDevices` names it. */
  get deviceId() {
    return this.#microphone.track?.getSettings().deviceId;
  }

  /**
   * Opens the microphone, then connects in the background. Call it from a click or touch.
   *
   * @param {{ deviceId?: string }} [options]
   * @throws {AzaanError} `microphone-denied`, `microphone-missing`, `microphone-busy` or `insecure-context`
   */
  async start({ deviceId } = {}) {
    const signal = this._begin();
    if (!signal) return;
    this._setState('starting');
    try {
      await this.useMicrophone(deviceId);
    } catch (error) {
      if (signal.aborted) return;
      this.stop();
      throw error;
    }
    if (signal.aborted) return;
    this.#wakeLock.acquire();
    this._setState('connecting');
    this._keepTrying(signal, () => this.#speak(signal));
  }

  /** Ends everything: connection, timers, microphone, wake lock. `start()` begins anew. */
  stop() {
    if (!this._end()) return;
    this.#wakeLock.release();
    this.#microphone.close();
    this._silence.reset();
    this._setState('stopped');
  }

  /**
   * Changes the microphone, also while live: the listeners hear the new one.
   *
   * @param {string} [deviceId] the default microphone when absent
   * @throws {AzaanError} `microphone-denied`, `microphone-missing` or `microphone-busy`; the old one stays in use
   */
  async useMicrophone(deviceId) {
    if (this._signal) await this.#microphone.open(deviceId, this._signal);
  }

  /**
   * One connection, from its offer to its end.
   *
   * @param {AbortSignal} signal
   */
  async #speak(signal) {
    const peer = new RelayPeer(await this._iceServers.get(signal));
    try {
      const { stream, track } = this.#microphone;
      if (!stream || !track) throw abortReason();
      this.#sender = peer.connection.addTransceiver(track, { direction: 'sendonly', streams: [stream] }).sender;
      const answer = await this._exchange('/broadcast', await peer.offer(signal), signal);
      if (!answer) throw new AzaanError('refused', 'The relay gave no answer to the offer.');
      await this._connect(peer, answer, signal);
      this._madeIt();
      this._setState('live');
      await this.#untilLost(peer, signal);
    } finally {
      this.#sender = undefined;
      peer.close();
    }
  }

  /**
   * Two devices that both reconnected would take over from each other for ever. So the one that lost its connection
   * listens, before it comes back, whether somebody else is heard by now.
   *
   * @param {RelayPeer} peer
   * @param {AbortSignal} signal
   */
  async #untilLost(peer, signal) {
    try {
      await Promise.race([peer.lost, untilAborted(signal)]);
    } catch (error) {
      if (signal.aborted) throw error;
      peer.close();
      this._setState('reconnecting');
      if (await this.#isSomebodyHeard(signal)) {
        throw new AzaanError('taken-over', 'Another device broadcasts for this masjid now.', { cause: error });
      }
      throw error;
    }
  }

  /** @param {AbortSignal} signal */
  async #isSomebodyHeard(signal) {
    const peer = new RelayPeer(await this._iceServers.get(signal));
    try {
      peer.connection.addTransceiver('audio', { direction: 'recvonly' });
      const answer = await this._exchange('/consumer', await peer.offer(signal), signal);
      if (!answer) return false;
      await peer.connect(answer, HEARING_CONNECT_TIMEOUT_MS, signal);
      await sleep(HEARING_MS, signal);
      return (await peer.packetsReceived()) > 1;
    } catch {
      // Whatever stands in the way, coming back matters more.
      return false;
    } finally {
      peer.close();
    }
  }

  /** @param {MediaStream} stream */
  async #onStream(stream) {
    await this.#sender?.replaceTrack(stream.getAudioTracks()[0] ?? null).catch(() => {});
    this._silence.reset();
  }

  /** @param {{ rmsDbfs: number, peakDbfs: number }} level */
  #onLevel(level) {
    this._silence.hear(level.rmsDbfs);
    this._emit('level', level);
  }
}

/**
 * @param {AbortSignal} signal
 * @returns {Promise<never>}
 */
function untilAborted(signal) {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(abortReason()), { once: true }));
}
