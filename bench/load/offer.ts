import { withoutCandidates } from '../../src/peer-kit/offering-peer.js';
import { postOffer, type OfferPath, type OfferReply } from '../../src/peer-kit/post-offer.js';
import type { RelayTarget } from './load-protocol.js';

const ANSWER_TIMEOUT_MS = 10_000;

/** What Chromium offers beside Opus, and what it says about Opus: payload types and lines as its offers have them. */
const OTHER_FORMATS = '63 9 0 8 13 110 126';
const BROWSER_LINES = [
  'a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level',
  'a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time',
  'a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
  'a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid',
  'a=rtcp-fb:111 transport-cc',
  'a=rtpmap:63 red/48000/2',
  'a=fmtp:63 111/111',
  'a=rtpmap:9 G722/8000',
  'a=rtpmap:0 PCMU/8000',
  'a=rtpmap:8 PCMA/8000',
  'a=rtpmap:13 CN/8000',
  'a=rtpmap:110 telephone-event/48000',
  'a=rtpmap:126 telephone-event/8000',
];

/** Posts an offer, as a browser would have made it where the relay allows that. */
export function offerTo(
  target: RelayTarget,
  path: OfferPath,
  offer: string,
  version: string,
  token?: string,
): Promise<OfferReply> {
  const sdp = target.offerCandidates ? browserLikeOffer(offer) : withoutCandidates(offer);
  const call = { connectionID: target.masjidId, version, sdp: { type: 'offer', sdp } } as const;
  const authorization = token === undefined ? '' : `Bearer ${token}`;
  return postOffer(target.url, path, call, { authorization, signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
}

/** Widens an Opus-only offer of libdatachannel to what a browser would have sent, candidates kept. */
export function browserLikeOffer(sdp: string): string {
  const lines = sdp.split(/\r?\n/).filter(Boolean);
  const widened = lines.map((line) => (line.startsWith('m=audio ') ? `${line} ${OTHER_FORMATS}` : line));
  return [...widened, ...BROWSER_LINES, ''].join('\r\n');
}
