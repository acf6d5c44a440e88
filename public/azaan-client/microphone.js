import { AzaanError } from './azaan-error.js';

/**
 * Opens a microphone as it is: mono, 48 kHz, without the processing that browsers add for calls, which takes a melody
 * for noise.
 *
 * @param {string} [deviceId] the default microphone when absent
 * @returns {Promise<MediaStream>}
 * @throws {AzaanError} `microphone-denied`, `microphone-missing`, `microphone-busy` or `insecure-context`
 */
export async function openMicrophone(deviceId) {
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
