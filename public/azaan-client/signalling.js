import { AzaanError } from './azaan-error.js';
import { withDeadline } from './timing.js';

const REQUEST_TIMEOUT_MS = 10_000;

/**
 * Where and as whom to ask.
 *
 * @typedef {object} Endpoint
 * @property {string} url address of the relay, such as `https://azaan.example`
 * @property {string | number} connectionID names the broadcast: the masjid
 * @property {string | number | undefined} version a label of the app's choice
 * @property {boolean} [direct] an attempt without TURN, which is what comes next when this one does not connect
 * @property {string | undefined} token sent as `Authorization: Bearer`
 */

/**
 * One full offer out, one full answer back: no trickle ICE.
 *
 * @param {'/broadcast' | '/consumer'} path
 * @param {Endpoint} endpoint
 * @param {{ type: string, sdp: string }} offer
 * @param {AbortSignal} signal
 * @returns {Promise<RTCSessionDescriptionInit | undefined>} undefined when there is no such broadcast (the body `{}`)
 * @throws {AzaanError} `unauthorized`, `refused`, `busy` or `network`
 */
export async function exchangeOffer(path, { url, connectionID, version, token, direct }, offer, signal) {
  const deadline = withDeadline(signal, REQUEST_TIMEOUT_MS);
  try {
    const response = await fetch(url.replace(/\/+$/, '') + path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...(token ? { Authorization: `Bearer ${token}` } : {}) },
      body: JSON.stringify({ connectionID, sdp: { type: offer.type, sdp: offer.sdp }, version, direct }),
      signal: deadline.signal,
    });
    if (!response.ok) throw await refusal(response);
    return (await response.json()).sdp;
  } catch (error) {
    if (error instanceof AzaanError || signal.aborted) throw error;
    throw new AzaanError('network', 'The relay did not answer.', { cause: error });
  } finally {
    deadline.release();
  }
}

/**
 * What an answer of the relay that is not `ok` says.
 *
 * @param {Response} response
 * @returns {Promise<AzaanError>} `unauthorized`, `refused`, `busy` or `network`
 */
export async function refusal(response) {
  const { status } = response;
  /** @type {{ title?: string, detail?: string }} */
  const problem = await response.json().catch(() => ({}));
  return new AzaanError(codeOf(status), problem.title ?? `The relay answered ${status}.`, {
    status,
    ...(problem.detail === undefined ? {} : { detail: problem.detail }),
    retryAfterMs: retryAfterMs(response.headers.get('Retry-After'), Date.now()),
  });
}

/** @param {number} status */
function codeOf(status) {
  if (status === 401 || status === 403) return 'unauthorized';
  if (status === 429 || status === 503) return 'busy';
  return status >= 500 ? 'network' : 'refused';
}

/**
 * `Retry-After` (RFC 9110, 10.2.3) in milliseconds: it is either seconds or a date.
 *
 * @param {string | null} value
 * @param {number} nowMs
 */
export function retryAfterMs(value, nowMs) {
  if (value === null) return 0;
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - nowMs;
  return Number.isFinite(ms) && ms > 0 ? ms : 0;
}
