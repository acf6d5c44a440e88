import type { ReducedOffer } from './reduced-offer.js';

/**
 * Validates an SDP offer (RFC 8866, RFC 8829) and reduces it to what the relay needs.
 *
 * @throws MalformedSdpError when it is not a sound offer, or exceeds a bound
 * @throws NoOpusAudioError when it is sound, but holds no usable Opus audio
 */
export function reduceOffer(_sdp: string): ReducedOffer {
  throw new Error('being built');
}
