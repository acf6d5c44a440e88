import { isIP } from 'node:net';
import { MalformedSdpError } from '../../errors/app-error.js';
import type { SdpAttributes, SdpSection, SdpText } from './parse-sdp.js';
import type { OfferedCandidate, ReducedOffer } from './reduced-offer.js';
import { MAX_CANDIDATES } from './sdp-limits.js';

type OfferedTransport = Pick<
  ReducedOffer,
  'iceUfrag' | 'icePwd' | 'fingerprint' | 'setup' | 'candidates' | 'relayedOverTcp'
>;

/** RFC 8839, 5.4 */
const ICE_UFRAG = /^[A-Za-z0-9+/]{4,256}$/;
const ICE_PWD = /^[A-Za-z0-9+/]{22,256}$/;
const SHA_256 = /^sha-256 /i;
/** RFC 8122, 5 */
const SHA_256_FINGERPRINT = /^sha-256 ((?:[0-9a-f]{2}:){31}[0-9a-f]{2})$/i;
/** `<foundation> <component> <transport> <priority> <address> <port> typ …`, RFC 8839, 5.1; component 1 is RTP. */
const UDP_CANDIDATE = /^[A-Za-z0-9+/]{1,32} 1 udp \d{1,10} (\S{1,255}) (\d{1,5}) typ /i;
const RELAYED_CANDIDATE = /^[A-Za-z0-9+/]{1,32} 1 udp (\d{1,10}) \S{1,255} \d{1,5} typ relay\b/i;
/** Browsers prefer TURN over UDP, 2, to TCP, 1, and TLS, 0: the highest byte of the priority (RFC 8445, 5.1.2.1). */
const HIGHEST_TCP_PREFERENCE = 1;

/**
 * Reads the transport of one section: from its own lines, else from the section that carries the transport of its BUNDLE
 * group, else from the session level.
 *
 * @param bundleCarrier the first section of its BUNDLE group, which may be itself (RFC 9143, 7.1.3)
 * @throws MalformedSdpError when a part is missing or malformed
 */
export function readOfferedTransport(
  sdp: SdpText,
  section: SdpSection,
  bundleCarrier: SdpSection | undefined,
): OfferedTransport {
  const levels = [section.attributes, bundleCarrier?.attributes, sdp.session].filter((level) => level !== undefined);
  const multiplexed = section.attributes.has('rtcp-mux') || bundleCarrier?.attributes.has('rtcp-mux') === true;
  if (!multiplexed) throw new MalformedSdpError('The audio of the offer lacks rtcp-mux, which the relay needs.');
  const lines = candidateLines(sdp, section, bundleCarrier);
  return {
    ...readIceCredentials(levels),
    fingerprint: readFingerprint(levels),
    setup: readSetup(levels),
    candidates: readCandidates(lines),
    relayedOverTcp: lines.some(isRelayedOverTcp),
  };
}

function nearest(levels: readonly SdpAttributes[], name: string): readonly string[] {
  return levels.find((level) => level.has(name))?.get(name) ?? [];
}

function readIceCredentials(levels: readonly SdpAttributes[]): Pick<OfferedTransport, 'iceUfrag' | 'icePwd'> {
  const [iceUfrag] = nearest(levels, 'ice-ufrag');
  const [icePwd] = nearest(levels, 'ice-pwd');
  if (iceUfrag === undefined || icePwd === undefined) {
    throw new MalformedSdpError('The audio of the offer has no ICE user name fragment or no ICE password.');
  }
  if (!ICE_UFRAG.test(iceUfrag)) {
    throw new MalformedSdpError('The ICE user name fragment of the offer is not 4 to 256 ICE characters.');
  }
  if (!ICE_PWD.test(icePwd)) {
    throw new MalformedSdpError('The ICE password of the offer is not 22 to 256 ICE characters.');
  }
  return { iceUfrag, icePwd };
}

function readFingerprint(levels: readonly SdpAttributes[]): string {
  const fingerprints = nearest(levels, 'fingerprint');
  if (fingerprints.length === 0) throw new MalformedSdpError('The audio of the offer has no DTLS fingerprint.');
  const sha256 = fingerprints.find((fingerprint) => SHA_256.test(fingerprint));
  if (sha256 === undefined) {
    throw new MalformedSdpError('The offer has no sha-256 fingerprint, the only kind that the relay accepts.');
  }
  const hex = SHA_256_FINGERPRINT.exec(sha256)?.[1];
  if (hex === undefined)
    throw new MalformedSdpError('The sha-256 fingerprint of the offer is not 32 pairs of hex digits.');
  return `sha-256 ${hex.toUpperCase()}`;
}

function readSetup(levels: readonly SdpAttributes[]): OfferedTransport['setup'] {
  const [setup] = nearest(levels, 'setup');
  switch (setup) {
    case 'actpass':
    case 'active':
    case 'passive':
      return setup;
    case undefined:
      throw new MalformedSdpError('The audio of the offer has no setup attribute, the DTLS role.');
    default:
      throw new MalformedSdpError('The setup attribute of the offer is none of actpass, active and passive.');
  }
}

function candidateLines(sdp: SdpText, section: SdpSection, bundleCarrier: SdpSection | undefined): readonly string[] {
  const total = sdp.sections.reduce((sum, { attributes }) => sum + (attributes.get('candidate')?.length ?? 0), 0);
  if (total > MAX_CANDIDATES) throw new MalformedSdpError(`The offer has more than ${MAX_CANDIDATES} ICE candidates.`);
  return section.attributes.get('candidate') ?? bundleCarrier?.attributes.get('candidate') ?? [];
}

function isRelayedOverTcp(line: string): boolean {
  const [, priority] = RELAYED_CANDIDATE.exec(line) ?? [];
  return priority !== undefined && Math.floor(Number(priority) / 2 ** 24) <= HIGHEST_TCP_PREFERENCE;
}

/** Candidates that are not plain UDP are skipped: nothing is ever sent to any of them. */
function readCandidates(lines: readonly string[]): readonly OfferedCandidate[] {
  return lines.flatMap((line) => {
    const [, address = '', portText = ''] = UDP_CANDIDATE.exec(line) ?? [];
    const port = Number(portText);
    if (port === 0 || port > 65_535) return [];
    // An address with a zone (`fe80::1%eth0`) means something on the offerer's machine only.
    return [{ address: isIP(address) !== 0 && !address.includes('%') ? address : undefined, port }];
  });
}
