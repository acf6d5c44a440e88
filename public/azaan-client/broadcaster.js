import { AzaanError } from './azaan-error.js';
import { IceServers } from './ice-servers.js';
import { connectTimeoutMs, fresh, keepTrying } from './keep-trying.js';
import { Microphone } from './microphone.js';
import { RelayPeer } from './relay-peer.js';
import { exchangeOffer } from './signalling.js';
import { SilenceWatch } from './silence-watch.js';
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
 * @typedef {object} BroadcasterOptions
 * @property {string} url address of the relay, such as `https://azaan.example`
 * @property {string | number} connectionID the masjid to speak for
 * @property {string | number} [version] a label of the app's choice, echoed by the relay
 * @property {import('./keep-trying.js').Fresh<string | undefined>} [token] broadcaster token; a function is called before
 *   each attempt
 * @property {import('./keep-trying.js').Fresh<RTCIceServer[]>} [iceServers] those that the relay offers, when
 *   absent; a function is called before each attempt
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
 */
export class AzaanBroadcaster extends EventTarget {
  /** @type {BroadcasterState} */
  #state = 'idle';
  /** @type {AbortController | undefined} */
  #running;
  #microphone = new Microphone({
    onStream: (stream) => this.#onStream(stream),
    onChange: () => this.#onMicrophoneChange(),
    onLevel: (level) => this.#onLevel(level),
    onGone: (error) => this.#onFatal(error),
  });
  /** @type {RTCRtpSender | undefined} */
  #sender;
  /** @type {IceServers} */
  #iceServers;
  #wakeLock = new WakeLock();
  #silence = new SilenceWatch((silent) => {
    this.dispatchEvent(new CustomEvent('silencechange', { detail: { silent } }));
  });
  #backoff = new Backoff({ capMs: 5_000 });
  #timeouts = 0;

  /** @param {BroadcasterOptions} options */
  constructor({ url, connectionID, version, token, iceServers }) {
    super();
    this.url = url;
    this.connectionID = connectionID;
    this.version = version;
    this.token = token;
    this.#iceServers = new IceServers({ url, token, iceServers });
  }

  get state() {
    return this.#state;
  }

  /** Whether the microphone has been silent for a while. */
  get silent() {
    return this.#silence.silent;
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
    if (this.#running) return;
    const running = new AbortController();
    this.#running = running;
    this.#backoff.reset();
    this.#timeouts = 0;
    this.#setState('starting');
    try {
      await this.useMicrophone(deviceId);
    } catch (error) {
      if (running.signal.aborted) return;
      this.stop();
      throw error;
    }
    if (running.signal.aborted) return;
    this.#wakeLock.acquire();
    this.#setState('connecting');
    keepTrying((signal) => this.#speak(signal), {
      signal: running.signal,
      backoff: this.#backoff,
      onRetry: (error) => this.#onRetry(error),
    }).catch((error) => this.#onFatal(error));
  }

  /** Ends everything: connection, timers, microphone, wake lock. `start()` begins anew. */
  stop() {
    if (!this.#running) return;
    this.#running.abort();
    this.#running = undefined;
    this.#wakeLock.release();
    this.#microphone.close();
    this.#silence.reset();
    this.#setState('stopped');
  }

  /**
   * Changes the microphone, also while live: the listeners hear the new one.
   *
   * @param {string} [deviceId] the default microphone when absent
   * @throws {AzaanError} `microphone-denied`, `microphone-missing` or `microphone-busy`; the old one stays in use
   */
  async useMicrophone(deviceId) {
    if (this.#running) await this.#microphone.open(deviceId, this.#running.signal);
  }

  /**
   * One connection, from its offer to its end.
   *
   * @param {AbortSignal} signal
   */
  async #speak(signal) {
    const peer = new RelayPeer(await this.#iceServers.get(signal));
    try {
      const { stream, track } = this.#microphone;
      if (!stream || !track) throw abortReason();
      this.#sender = peer.connection.addTransceiver(track, { direction: 'sendonly', streams: [stream] }).sender;
      const answer = await this.#exchange('/broadcast', peer, signal);
      if (!answer) throw new AzaanError('refused', 'The relay gave no answer to the offer.');
      await this.#connect(peer, answer, signal);
      this.#setState('live');
      await this.#untilLost(peer, signal);
    } finally {
      this.#sender = undefined;
      peer.close();
    }
  }

  /**
   * @param {RelayPeer} peer
   * @param {RTCSessionDescriptionInit} answer
   * @param {AbortSignal} signal
   */
  async #connect(peer, answer, signal) {
    try {
      await peer.connect(answer, connectTimeoutMs(this.#timeouts), signal);
      this.#timeouts = 0;
      this.#backoff.reset();
    } catch (error) {
      if (error instanceof AzaanError && error.code === 'connect-timeout') this.#timeouts += 1;
      throw error;
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
      this.#setState('reconnecting');
      if (await this.#isSomebodyHeard(signal)) {
        throw new AzaanError('taken-over', 'Another device broadcasts for this masjid now.', { cause: error });
      }
      throw error;
    }
  }

  /** @param {AbortSignal} signal */
  async #isSomebodyHeard(signal) {
    const peer = new RelayPeer(await this.#iceServers.get(signal));
    try {
      peer.connection.addTransceiver('audio', { direction: 'recvonly' });
      const answer = await this.#exchange('/consumer', peer, signal);
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

  /**
   * @param {'/broadcast' | '/consumer'} path
   * @param {RelayPeer} peer
   * @param {AbortSignal} signal
   */
  async #exchange(path, peer, signal) {
    const { url, connectionID, version } = this;
    const token = await fresh(this.token);
    return exchangeOffer(path, { url, connectionID, version, token }, await peer.offer(signal), signal);
  }

  /** @param {MediaStream} stream */
  async #onStream(stream) {
    await this.#sender?.replaceTrack(stream.getAudioTracks()[0] ?? null).catch(() => {});
    this.#silence.reset();
  }

  #onMicrophoneChange() {
    this.dispatchEvent(new CustomEvent('microphonechange', { detail: { state: this.microphoneState } }));
  }

  /** @param {{ rmsDbfs: number, peakDbfs: number }} level */
  #onLevel(level) {
    this.#silence.hear(level.rmsDbfs);
    this.dispatchEvent(new CustomEvent('level', { detail: level }));
  }

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

  /** @param {BroadcasterState} state */
  #setState(state) {
    if (this.#state === state) return;
    const previous = this.#state;
    this.#state = state;
    this.dispatchEvent(new CustomEvent('statechange', { detail: { state, previous } }));
  }
}

/**
 * @param {AbortSignal} signal
 * @returns {Promise<never>}
 */
function untilAborted(signal) {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(abortReason()), { once: true }));
}
