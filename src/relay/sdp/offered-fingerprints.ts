import { MalformedSdpError } from '../../errors/app-error.js';
import { FINGERPRINT_HASHES, type Fingerprint, type FingerprintHash } from './reduced-offer.js';
import { MAX_FINGERPRINTS } from './sdp-limits.js';

/** Bytes of a fingerprint. */
const LENGTHS: Readonly<Record<FingerprintHash, number>> = {
  'sha-224': 28,
  'sha-256': 32,
  'sha-384': 48,
  'sha-512': 64,
};
const HEX_PAIRS = /^[0-9a-f]{2}(?::[0-9a-f]{2})*$/i;

/**
 * Reads `a=fingerprint` lines (RFC 8122, 5): those of the strongest hash among them. An offerer may show any of several
 * certificates, and must name all of them by each hash; what a weaker hash or an unknown one says is not looked at.
 *
 * @param lines their values, `sha-256 AB:CD:…`
 * @throws MalformedSdpError when there is none, none of a hash that may be relied on, or a malformed one among those
 */
export function readFingerprints(lines: readonly string[]): readonly Fingerprint[] {
  if (lines.length === 0) throw new MalformedSdpError('The audio of the offer has no DTLS fingerprint.');
  const offered = lines.map((line) => line.split(' '));
  const hash = FINGERPRINT_HASHES.findLast((each) => offered.some(([name]) => name?.toLowerCase() === each));
  if (hash === undefined) {
    throw new MalformedSdpError('The offer has no fingerprint of a hash that the relay accepts, such as sha-256.');
  }
  const values = offered
    .filter(([name]) => name?.toLowerCase() === hash)
    .map(([, ...value]) => readValue(hash, value.join(' ')));
  const distinct = [...new Set(values)];
  if (distinct.length > MAX_FINGERPRINTS) {
    throw new MalformedSdpError(`The offer has more than ${MAX_FINGERPRINTS} fingerprints.`);
  }
  return distinct.map((value) => ({ hash, value }));
}

function readValue(hash: FingerprintHash, value: string): string {
  const pairs = LENGTHS[hash];
  if (value.length !== pairs * 3 - 1 || !HEX_PAIRS.test(value)) {
    throw new MalformedSdpError(`A ${hash} fingerprint of the offer is not ${pairs} pairs of hex digits.`);
  }
  return value.toUpperCase();
}
