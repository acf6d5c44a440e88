import type { LocalTransport } from '../sdp/compose-answer.js';
import type { ReducedOffer } from '../sdp/reduced-offer.js';

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
    `a=fingerprint:${offer.fingerprints[0]?.hash ?? ''} ${offer.fingerprints[0]?.value ?? ''}`,
    `a=setup:${offer.setup}`,
    '',
  ].join('\r\n');
}

/** The engine's transport lines, read from its own local description. */
export function readEngineTransport(localSdp: string): LocalTransport {
  const candidates = readHostCandidates(localSdp);
  const [best] = candidates;
  return {
    tlsId: undefined,
    iceUfrag: engineValue(localSdp, /^a=ice-ufrag:(\S+)/m),
    icePwd: engineValue(localSdp, /^a=ice-pwd:(\S+)/m),
    fingerprint: engineValue(localSdp, /^a=fingerprint:(sha-256 \S+)/m),
    setup: engineValue(localSdp, /^a=setup:(active|passive)/m) === 'active' ? 'active' : 'passive',
    hostAddresses: candidates.filter(({ port }) => port === best.port).map(({ address }) => address),
    port: best.port,
  };
}

interface HostCandidate {
  readonly address: string;
  readonly port: number;
}

/** Where the engine can be reached, best first. */
function readHostCandidates(localSdp: string): readonly [HostCandidate, ...HostCandidate[]] {
  const [best, ...others] = [...localSdp.matchAll(/^a=candidate:\S+ 1 UDP (\d+) (\S+) (\d+) typ host/gim)]
    .map(([, priority, address = '', port]) => ({ priority: Number(priority), address, port: Number(port) }))
    .sort((a, b) => b.priority - a.priority);
  if (best === undefined) throw new Error('the media engine has no local address');
  return [best, ...others];
}

function engineValue(localSdp: string, pattern: RegExp): string {
  const value = pattern.exec(localSdp)?.[1];
  if (value === undefined) throw new Error(`the description of the media engine has no ${pattern.source}`);
  return value;
}
