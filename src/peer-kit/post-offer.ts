/** The two calls that exchange an offer for an answer. */
export type OfferPath = '/broadcast' | '/consumer';

/** How a peer introduces itself. */
export interface PeerLabels {
  readonly connectionID: string | number;
  readonly version?: string | number;
  /** Whether TURN is what it tries next. */
  readonly direct?: boolean;
}

export interface OfferCall extends PeerLabels {
  /** An object as browsers have it, or the bare SDP text, as some apps send it. */
  readonly sdp: string | { readonly type: 'offer'; readonly sdp: string };
}

export interface OfferReply {
  /** Whether the status is one of success. */
  readonly ok: boolean;
  readonly status: number;
  readonly headers: Headers;
  /** Undefined when it is no JSON: a proxy's page, or half an answer. */
  readonly body: unknown;
}

/** Posts an offer, whatever comes back. @throws as `fetch` does, when nothing comes */
export async function postOffer(
  url: string,
  path: OfferPath,
  call: OfferCall,
  { authorization = '', signal }: { readonly authorization?: string; readonly signal: AbortSignal },
): Promise<OfferReply> {
  const response = await fetch(url.replace(/\/+$/, '') + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(authorization === '' ? {} : { authorization }) },
    body: JSON.stringify(call),
    // Followed, it would lose the token or the offer.
    redirect: 'manual',
    signal,
  });
  const { ok, status, headers } = response;
  return { ok, status, headers, body: await response.json().catch(() => undefined) };
}

/** The SDP of the answer; undefined when there is none, as for a broadcast that does not exist. */
export function answerIn({ body }: OfferReply): string | undefined {
  const answer = isRecord(body) && isRecord(body['sdp']) ? body['sdp']['sdp'] : undefined;
  return typeof answer === 'string' ? answer : undefined;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
