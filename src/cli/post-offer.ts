const ANSWER_TIMEOUT_MS = 15_000;

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

/** The two calls that exchange an offer for an answer. */
export type OfferPath = 'broadcast' | 'consumer';

/**
 * Posts an SDP offer and resolves to the SDP of the answer.
 *
 * @throws BroadcastError when there is no answer within 15 s, or it is no answer
 */
export async function postOffer(
  target: BroadcastTarget,
  path: OfferPath,
  sdp: string,
  signal: AbortSignal,
): Promise<string> {
  const response = await send(target, path, sdp, signal);
  const body = await readJson(response);
  if (!response.ok) throw refusal(target.url, response, body);
  const answer = isRecord(body) && isRecord(body['sdp']) ? body['sdp']['sdp'] : undefined;
  if (typeof answer === 'string') return answer;
  throw new BroadcastError(`${target.url} answered, but not like an azaan relay; is the URL right?`, 'refused');
}

async function send(target: BroadcastTarget, path: OfferPath, sdp: string, signal: AbortSignal): Promise<Response> {
  const token = await target.token();
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  try {
    return await fetch(`${target.url.replace(/\/+$/, '')}/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...authorization },
      body: JSON.stringify({ connectionID: target.masjidId, sdp: { type: 'offer', sdp }, version: 'file' }),
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]),
    });
  } catch (error) {
    throw new BroadcastError(`${target.url} cannot be reached (${reasonOf(error)}).`, 'unreachable');
  }
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

/** Undefined when it is not JSON: a proxy's page, or half an answer. */
async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    return undefined;
  }
}

/** One line from a problem+json body (RFC 9457), or from the status alone. */
function refusal(url: string, response: Response, body: unknown): BroadcastError {
  const { status } = response;
  const detail = isRecord(body) && typeof body['detail'] === 'string' ? printable(body['detail']) : response.statusText;
  const hint = status === 401 ? ' Is AZAAN_TOKEN set, and still valid?' : '';
  const passes = status === 429 || status >= 500;
  const retryAfterSeconds = Number(response.headers.get('retry-after') ?? Number.NaN);
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

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
