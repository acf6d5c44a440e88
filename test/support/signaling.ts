import * as kit from '../../src/peer-kit/post-offer.js';
import type { OfferPath, PeerLabels } from '../../src/peer-kit/post-offer.js';
import { rememberIcePasswords } from './spills.js';
import { broadcasterOf } from './tokens.js';

const REQUEST_TIMEOUT_MS = 10_000;

export type { OfferPath };

export interface TestLabels extends PeerLabels {
  /** Sends the bare SDP text, as some apps do, and not `{type, sdp}`. */
  readonly bareSdp?: boolean;
  /** `Authorization`; a broadcaster has the right one unless a test says otherwise, and `''` sends none. */
  readonly authorization?: string;
}

export interface SignalingReply extends kit.OfferReply {
  readonly body: {
    readonly sdp?: { readonly type: string; readonly sdp: string };
    readonly connectionID?: string | number;
    readonly version?: string | number;
    readonly code?: string;
  };
}

/** A relay's answer to a peer that got in. */
export interface Answer extends SignalingReply {
  readonly sdp: string;
}

/** Posts an offer, whatever comes back. */
export async function postOffer(
  url: string,
  path: OfferPath,
  { bareSdp = false, authorization, ...labels }: TestLabels,
  sdp: string,
): Promise<SignalingReply> {
  const reply = (await kit.postOffer(
    url,
    path,
    { ...labels, sdp: bareSdp ? sdp : { type: 'offer', sdp } },
    {
      authorization: authorization ?? (path === '/broadcast' ? await broadcasterOf(labels.connectionID) : ''),
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    },
  )) as SignalingReply;
  for (const text of [sdp, kit.answerIn(reply) ?? '']) rememberIcePasswords(text);
  return reply;
}

/** @throws Error when there is no answer with SDP in it */
export async function negotiate(url: string, path: OfferPath, labels: TestLabels, sdp: string): Promise<Answer> {
  const reply = await postOffer(url, path, labels, sdp);
  const answer = kit.answerIn(reply);
  if (answer === undefined) throw new Error(`${path} answered ${reply.status}: ${JSON.stringify(reply.body)}`);
  return { ...reply, sdp: answer };
}

/** The UDP port of the media worker that an answer leads to. */
export function mediaPort(answerSdp: string): number {
  return Number(/^m=audio (\d+) /m.exec(answerSdp)?.[1]);
}

/** The lines of one kind, without line ends. */
export function sdpLines(sdp: string, prefix: string): string[] {
  return sdp.split('\r\n').filter((line) => line.startsWith(prefix));
}
