import type { ReducedOffer } from './reduced-offer.js';

/**
 * The offer as the media engine gets it: one m-line, one codec, no candidates, SSRCs or extensions. Nothing of the
 * original text is in it but values that were checked. CRLF line ends.
 *
 * @param direction of the offerer: `sendonly` for a broadcaster, `recvonly` for a listener, whatever was offered
 */
export function engineOffer(offer: ReducedOffer, direction: 'sendonly' | 'recvonly'): string {
  const { mid, payloadType } = offer.audio;
  return [
    'v=0',
    'o=- 0 0 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    `a=group:BUNDLE ${mid}`,
    `m=audio 9 UDP/TLS/RTP/SAVPF ${payloadType}`,
    'c=IN IP4 0.0.0.0',
    `a=mid:${mid}`,
    `a=${direction}`,
    'a=rtcp-mux',
    `a=rtpmap:${payloadType} opus/48000/2`,
    `a=ice-ufrag:${offer.iceUfrag}`,
    `a=ice-pwd:${offer.icePwd}`,
    `a=fingerprint:${offer.fingerprint}`,
    `a=setup:${offer.setup}`,
    '',
  ].join('\r\n');
}
