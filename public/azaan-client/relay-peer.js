import { AzaanError } from './azaan-error.js';
import { abortReason } from './timing.js';

/** A STUN server that does not answer must not delay a join: what was found until then is sent. */
const GATHERING_CAP_MS = 2_000;

/** A glitch of the air heals within this; a connection that does not is replaced. */
const DISCONNECTED_GRACE_MS = 1_500;

/** One attempt to reach the relay: one `RTCPeerConnection`, never used again after `close()`. */
export class RelayPeer {
  #closed = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #disconnectedTimer;
  /** @type {(error: AzaanError) => void} */
  #lose = () => {};

  /** @param {RTCIceServer[]} iceServers */
  constructor(iceServers) {
    this.connection = new RTCPeerConnection({ iceServers, bundlePolicy: 'max-bundle' });
    /**
     * Rejects once the connection is lost; never resolves.
     * @type {Promise<never>}
     */
    this.lost = new Promise((_, reject) => (this.#lose = reject));
    // Whoever waits for it handles it; nobody may be waiting.
    this.lost.catch(() => {});
    this.connection.addEventListener('connectionstatechange', () => this.#onConnectionState());
  }

  /**
   * The offer with all its candidates inside.
   *
   * @param {AbortSignal} signal
   * @returns {Promise<{ type: string, sdp: string }>}
   */
  async offer(signal) {
    const { connection } = this;
    await connection.setLocalDescription(await connection.createOffer());
    await this.#until(
      signal,
      GATHERING_CAP_MS,
      'icegatheringstatechange',
      () => connection.iceGatheringState === 'complete',
    );
    const { type, sdp } = /** @type {RTCSessionDescription} */ (connection.localDescription);
    return { type, sdp };
  }

  /**
   * Resolves when media can flow.
   *
   * @param {RTCSessionDescriptionInit} answer
   * @param {number} timeoutMs
   * @param {AbortSignal} signal
   * @throws {AzaanError} `connect-timeout`, `connection-lost`, or `refused` for an answer that makes no sense
   */
  async connect(answer, timeoutMs, signal) {
    const { connection } = this;
    try {
      await connection.setRemoteDescription(answer);
    } catch (error) {
      if (signal.aborted) throw error;
      throw new AzaanError('refused', 'The answer of the relay cannot be used.', { cause: error });
    }
    this.#watchTransport();
    const connected = await Promise.race([
      this.#until(signal, timeoutMs, 'connectionstatechange', () => connection.connectionState === 'connected'),
      this.lost,
    ]);
    if (!connected) throw new AzaanError('connect-timeout', `No connection within ${Math.round(timeoutMs)} ms.`);
  }

  /** Audio RTP packets received so far. */
  async packetsReceived() {
    return (await this.received()).packets;
  }

  /**
   * What came so far: RTP packets, and the energy and duration of the sound that was made of them (W3C webrtc-stats,
   * `totalAudioEnergy`), where the browser tells.
   *
   * @returns {Promise<{ packets: number, energy: number, seconds: number }>}
   */
  async received() {
    const total = { packets: 0, energy: 0, seconds: 0 };
    for (const stats of (await this.connection.getStats()).values()) {
      if (stats.type !== 'inbound-rtp' || stats.kind !== 'audio') continue;
      total.packets += stats.packetsReceived;
      if (stats.totalAudioEnergy === undefined) continue;
      total.energy += stats.totalAudioEnergy;
      total.seconds += stats.totalSamplesDuration;
    }
    return total;
  }

  close() {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#disconnectedTimer);
    this.connection.close();
  }

  /** A goodbye of the relay shows on the DTLS transport long before ICE gives up. */
  #watchTransport() {
    const [transceiver] = this.connection.getTransceivers();
    const transport = transceiver?.receiver.transport ?? transceiver?.sender.transport;
    transport?.addEventListener('statechange', () => {
      if (transport.state === 'closed') this.#lose(new AzaanError('connection-lost', 'The relay said goodbye.'));
    });
  }

  #onConnectionState() {
    clearTimeout(this.#disconnectedTimer);
    const { connectionState } = this.connection;
    if (connectionState === 'failed') this.#lose(new AzaanError('connection-lost', 'The connection failed.'));
    if (connectionState === 'disconnected') {
      this.#disconnectedTimer = setTimeout(
        () => this.#lose(new AzaanError('connection-lost', 'The connection was interrupted.')),
        DISCONNECTED_GRACE_MS,
      );
    }
  }

  /**
   * Waits for a state of the connection. Resolves to whether it came within `timeoutMs`.
   *
   * @param {AbortSignal} signal
   * @param {number} timeoutMs
   * @param {string} eventType
   * @param {() => boolean} reached
   * @returns {Promise<boolean>}
   */
  #until(signal, timeoutMs, eventType, reached) {
    return new Promise((resolve, reject) => {
      const settle = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', settle);
        this.connection.removeEventListener(eventType, check);
        if (signal.aborted) reject(abortReason());
        else resolve(reached());
      };
      const check = () => {
        if (reached()) settle();
      };
      const timer = setTimeout(settle, timeoutMs);
      signal.addEventListener('abort', settle);
      this.connection.addEventListener(eventType, check);
      if (signal.aborted) settle();
      else check();
    });
  }
}
