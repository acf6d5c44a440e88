import { rememberIcePasswords } from './spills.js';
import { broadcasterOf } from './tokens.js';

const REQUEST_TIMEOUT_MS = 10_000;
const GATHERING_TIMEOUT_MS = 5_000;
const POLL_MS = 5;

export type SignalingPath = '/broadcast' | '/consumer';

/** How a peer introduces itself. */
export interface PeerLabels {
  readonly connectionID: string | number;
  readonly version?: string | number;
  /** Sends the bare SDP text, as some apps do, and not `{type, sdp}`. */
  readonly bareSdp?: boolean;
  /** Whether TURN is what it tries next. */
  readonly direct?: boolean;
  /** `Authorization`; a broadcaster has the right one unless a test says otherwise, and `''` sends none. */
  readonly authorization?: string;
}

export interface SignalingReply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: {
    readonly sdp?: { readonly type: string; readonly sdp: string };
    readonly connectionID?: string | number;
    readonly version?: string | number;
    readonly code?: string;
  };
}

/** A relay's answer to a peer that got in. */
export interface Answer {
  readonly status: number;
  readonly body: SignalingReply['body'];
  readonly sdp: string;
}

/** Posts an offer, whatever comes back. */
export async function postOffer(
  url: string,
  path: SignalingPath,
  { bareSdp = false, authorization, ...labels }: PeerLabels,
  sdp: string,
): Promise<SignalingReply> {
  const shown = authorization ?? (path === '/broadcast' ? await broadcasterOf(labels.connectionID) : '');
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(shown === '' ? {} : { authorization: shown }) },
    body: JSON.stringify({ ...labels, sdp: bareSdp ? sdp : { type: 'offer', sdp } }),
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
  });
  const { status, headers } = response;
  const body = (await response.json()) as SignalingReply['body'];
  for (const text of [sdp, body.sdp?.sdp ?? '']) rememberIcePasswords(text);
  return { status, headers, body };
}

/** @throws Error when there is no answer with SDP in it */
export async function negotiate(url: string, path: SignalingPath, labels: PeerLabels, sdp: string): Promise<Answer> {
  const { status, body } = await postOffer(url, path, labels, sdp);
  if (body.sdp === undefined) throw new Error(`${path} answered ${status}: ${JSON.stringify(body)}`);
  return { status, body, sdp: body.sdp.sdp };
}

/** Waits until a peer knows all of its addresses. */
export async function untilGathered(isComplete: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + GATHERING_TIMEOUT_MS;
  while (!isComplete()) {
    if (performance.now() > deadlineMs) throw new Error('the test peer found no local address in time');
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** The UDP port of the media worker that an answer leads to. */
export function mediaPort(answerSdp: string): number {
  return Number(/^m=audio (\d+) /m.exec(answerSdp)?.[1]);
}

/** The lines of one kind, without line ends. */
export function sdpLines(sdp: string, prefix: string): string[] {
  return sdp.split('\r\n').filter((line) => line.startsWith(prefix));
}
