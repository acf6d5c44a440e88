import { STATUS_CODES } from 'node:http';
import { withoutCandidates, type OfferingPeer } from '../peer-kit/offering-peer.js';
import { answerIn, isRecord, postOffer, type OfferPath, type OfferReply } from '../peer-kit/post-offer.js';

const ANSWER_TIMEOUT_MS = 15_000;
/** ICE and DTLS, after the answer. */
const CONNECT_TIMEOUT_MS = 15_000;

/** Where to broadcast, and as whom. */
export interface BroadcastTarget {
  /** Of the server, such as `https://relay.example.org`. */
  readonly url: string;
  readonly masjidId: string;
  /** Asked anew for every call, since tokens expire. */
  readonly token: () => Promise<string | undefined>;
}

/** The server cannot be asked, or said no. The message is one line for the person at the terminal. */
export class BroadcastError extends Error {
  override readonly name = 'BroadcastError';

  constructor(
    message: string,
    readonly kind: 'refused' | 'busy' | 'unreachable',
    /** What the server asked for, if it did (RFC 9110, 10.2.3). */
    readonly retryAfterMs?: number,
  ) {
    super(message);
  }
}

/** Negotiates and connects. @throws BroadcastError when that fails, or takes longer than 15 s after the answer */
export async function connectPeer(
  peer: OfferingPeer,
  target: BroadcastTarget,
  path: OfferPath,
  signal: AbortSignal,
): Promise<void> {
  const offer = await peer.makeOffer().catch(() => {
    throw new BroadcastError('No network address was found here.', 'unreachable');
  });
  const answer = await exchangeOffer(target, path, withoutCandidates(offer), signal);
  try {
    peer.takeAnswer(answer);
  } catch {
    throw new BroadcastError('The server sent an answer that cannot be used.', 'refused');
  }
  if (await peer.untilOpen(CONNECT_TIMEOUT_MS, signal)) return;
  const advice = 'is UDP from here to the server open?';
  throw new BroadcastError(`The server answered, but no media connection followed; ${advice}`, 'unreachable');
}

/** Resolves to the SDP of the answer. @throws BroadcastError when there is no answer within 15 s, or it is no answer */
export async function exchangeOffer(
  target: BroadcastTarget,
  path: OfferPath,
  sdp: string,
  signal: AbortSignal,
): Promise<string> {
  const { url, masjidId } = target;
  const token = await target.token();
  const call = { connectionID: masjidId, sdp: { type: 'offer', sdp }, version: 'file' } as const;
  const reply = await postOffer(url, path, call, {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]),
  }).catch((error: unknown) => {
    throw new BroadcastError(`${url} cannot be reached (${reasonOf(error)}).`, 'unreachable');
  });
  if (!reply.ok) throw refusal(url, reply);
  const answer = answerIn(reply);
  if (answer !== undefined) return answer;
  throw new BroadcastError(`${url} answered, but not like an azaan relay; is the URL right?`, 'refused');
}

/** The error of `fetch` says only "fetch failed"; its cause knows why. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer in ${ANSWER_TIMEOUT_MS / 1_000} s`;
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  const code = (cause as NodeJS.ErrnoException).code;
  return code === 'ECONNREFUSED' ? 'nothing listens there' : (code ?? cause.message);
}

/** One line from a problem+json body (RFC 9457), or from the status alone. */
function refusal(url: string, { status, headers, body }: OfferReply): BroadcastError {
  const detail =
    isRecord(body) && typeof body['detail'] === 'string' ? printable(body['detail']) : (STATUS_CODES[status] ?? '');
  const hint = status === 401 ? ' Is AZAAN_TOKEN set, and still valid?' : '';
  const passes = status === 429 || status >= 500;
  const retryAfterSeconds = Number(headers.get('retry-after') ?? Number.NaN);
  return new BroadcastError(
    `${url} refused the broadcast (${status}): ${detail}${hint}`,
    passes ? 'busy' : 'refused',
    Number.isFinite(retryAfterSeconds) ? retryAfterSeconds * 1_000 : undefined,
  );
}

/** A server's text may not move the cursor of the terminal. */
function printable(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').slice(0, 300);
}
