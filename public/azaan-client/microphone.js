import { AzaanError } from './azaan-error.js';
import { LevelMeter } from './level-meter.js';
import { sleep } from './timing.js';

/** Headsets that go and calls that end give a microphone back within seconds; one that stays away needs a person. */
const REOPEN_FOR_MS = 30_000;
const REOPEN_EVERY_MS = 1_000;

/**
 * - `off`: not opened
 * - `open`: in use
 * - `muted`: the system holds its sound back, for instance during a phone call
 * - `lost`: it was pulled out, or went to another program; whatever microphone there is, is opened anew
 *
 * @typedef {'off' | 'open' | 'muted' | 'lost'} MicrophoneState
 */

/** The microphone of a broadcast, whichever it is at the moment, and how loud it is. */
export class Microphone {
  /** @type {MediaStream | undefined} */
  #stream;
  /** @type {LevelMeter | undefined} */
  #meter;

  /**
   * @param {object} handlers
   * @param {(stream: MediaStream) => Promise<void>} handlers.onStream another one takes the place of the one before, which ends
   *   when the promise resolves
   * @param {() => void} handlers.onChange of the state
   * @param {(level: { rmsDbfs: number, peakDbfs: number }) => void} handlers.onLevel
   * @param {(error: unknown) => void} handlers.onGone it was lost, and none could be opened
   */
  constructor(handlers) {
    this.handlers = handlers;
  }

  get stream() {
    return this.#stream;
  }

  get track() {
    return this.#stream?.getAudioTracks()[0];
  }

  /** @returns {MicrophoneState} */
  get state() {
    if (!this.track) return 'off';
    if (this.track.readyState === 'ended') return 'lost';
    return this.track.muted ? 'muted' : 'open';
  }

  /**
   * @param {string | undefined} deviceId the default microphone when absent
   * @param {AbortSignal} signal ends what was begun
   * @throws {AzaanError} as `openMicrophone`; the one before stays in use
   */
  async open(deviceId, signal) {
    await this.#use(await openMicrophone(deviceId), signal);
  }

  close() {
    this.#meter?.close();
    this.#meter = undefined;
    stopTracks(this.#stream);
    this.#stream = undefined;
  }

  /**
   * @param {MediaStream} stream
   * @param {AbortSignal} signal
   */
  async #use(stream, signal) {
    if (signal.aborted) return stopTracks(stream);
    const previous = this.#stream;
    this.#stream = stream;
    this.track?.addEventListener('ended', () => this.#reopen(stream, signal));
    for (const type of ['mute', 'unmute']) this.track?.addEventListener(type, () => this.handlers.onChange());
    this.handlers.onChange();
    await this.handlers.onStream(stream);
    stopTracks(previous);
    if (!signal.aborted) this.#measure(stream);
  }

  /** @param {MediaStream} stream */
  #measure(stream) {
    try {
      this.#meter ??= new LevelMeter(this.handlers.onLevel);
      this.#meter.measure(stream);
    } catch {
      // Firefox refuses a stream of another sample rate than that of the loudspeaker. The broadcast goes on unmeasured.
      this.#meter?.close();
      this.#meter = undefined;
    }
  }

  /**
   * @param {MediaStream} lost
   * @param {AbortSignal} signal
   */
  async #reopen(lost, signal) {
    const isWanted = () => this.#stream === lost;
    if (!isWanted()) return;
    this.handlers.onChange();
    const giveUpAt = performance.now() + REOPEN_FOR_MS;
    while (isWanted()) {
      try {
        const stream = await openMicrophone();
        if (isWanted()) await this.#use(stream, signal);
        else stopTracks(stream);
      } catch (error) {
        if (!isWanted()) return;
        if (!mayPass(error) || performance.now() > giveUpAt) return this.handlers.onGone(error);
        await sleep(REOPEN_EVERY_MS, signal).catch(() => {});
      }
    }
  }
}

/**
 * Opens a microphone as it is: mono, 48 kHz, without the processing that browsers add for calls, which takes a melody
 * for noise.
 *
 * @param {string} [deviceId] the default microphone when absent
 * @returns {Promise<MediaStream>}
 * @throws {AzaanError} `microphone-denied`, `microphone-missing`, `microphone-busy` or `insecure-context`
 */
async function openMicrophone(deviceId) {
  if (!globalThis.isSecureContext || !navigator.mediaDevices) {
    throw new AzaanError('insecure-context', 'Microphones need https or localhost.');
  }
  try {
    return await navigator.mediaDevices.getUserMedia({
      audio: {
        ...(deviceId ? { deviceId: { exact: deviceId } } : {}),
        echoCancellation: false,
        noiseSuppression: false,
        autoGainControl: false,
        channelCount: 1,
        sampleRate: 48_000,
      },
    });
  } catch (error) {
    throw new AzaanError(codeOf(error), 'The microphone cannot be used.', { cause: error });
  }
}

/** @param {unknown} error as `getUserMedia` rejects */
function codeOf(error) {
  const name = error instanceof Error || error instanceof DOMException ? error.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'microphone-denied';
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return 'microphone-missing';
  return 'microphone-busy';
}

/** @param {unknown} error */
function mayPass(error) {
  return error instanceof AzaanError && (error.code === 'microphone-missing' || error.code === 'microphone-busy');
}

/** @param {MediaStream | undefined} stream */
function stopTracks(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}
