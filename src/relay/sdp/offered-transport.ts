import { MalformedSdpError } from '../../errors/app-error.js';
import { readFingerprints } from './offered-fingerprints.js';
import type { SdpAttributes, SdpSection, SdpText } from './parse-sdp.js';
import type { ReducedOffer } from './reduced-offer.js';
import { MAX_CANDIDATES } from './sdp-limits.js';

type OfferedTransport = Pick<ReducedOffer, 'iceUfrag' | 'icePwd' | 'fingerprints' | 'setup' | 'tlsId'>;

/** RFC 8839, 5.4 */
const ICE_UFRAG = /^[A-Za-z0-9+/]{4,256}$/;
const ICE_PWD = /^[A-Za-z0-9+/]{22,256}$/;
/** RFC 8842, 5.1 */
const TLS_ID = /^[A-Za-z0-9+/\-_]{20,255}$/;

/**
 * Reads the transport of one section: from its own lines, else from the section that carries the transport of its BUNDLE
 * group, else from the session level. Candidates are only counted: the relay waits to be checked, and sends to none of them.
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
  requireFewCandidates(sdp);
  return {
    ...readIceCredentials(levels),
    fingerprints: readFingerprints(nearest(levels, 'fingerprint')),
    setup: readSetup(levels),
    tlsId: readTlsId(levels),
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

function readTlsId(levels: readonly SdpAttributes[]): string | undefined {
  const [tlsId] = nearest(levels, 'tls-id');
  if (tlsId !== undefined && !TLS_ID.test(tlsId)) {
    throw new MalformedSdpError('The tls-id of the offer is not 20 to 255 of its characters.');
  }
  return tlsId;
}

function requireFewCandidates(sdp: SdpText): void {
  const total = sdp.sections.reduce((sum, { attributes }) => sum + (attributes.get('candidate')?.length ?? 0), 0);
  if (total > MAX_CANDIDATES) throw new MalformedSdpError(`The offer has more than ${MAX_CANDIDATES} ICE candidates.`);
}
