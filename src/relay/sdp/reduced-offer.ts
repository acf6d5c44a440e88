import type { SdpOrigin } from './parse-sdp.js';

/**
 * What is left of an SDP offer after validation: only what the relay needs, every value checked. It is the only form in
 * which an offer crosses to a media worker.
 */
export interface ReducedOffer {
  /** The m-lines of the original offer in their order, as an answer must mirror them (RFC 8829, 5.3.1). */
  readonly sections: readonly OfferSection[];
  /** Transport of the audio section. */
  readonly iceUfrag: string;
  readonly icePwd: string;
  /** Of the certificates that the offerer may show, at least one, all by the strongest hash that it offers (RFC 8122, 5). */
  readonly fingerprints: readonly Fingerprint[];
  readonly setup: 'actpass' | 'active' | 'passive';
  /** `a=tls-id`: names the DTLS association that the offerer means (RFC 8842, 5.1); undefined when it names none. */
  readonly tlsId: string | undefined;
  readonly origin: SdpOrigin;
  readonly audio: OfferedAudio;
}

export interface Fingerprint {
  readonly hash: FingerprintHash;
  /** `AB:CD:…`, upper case. */
  readonly value: string;
}

/** From the weakest to the strongest. */
export const FINGERPRINT_HASHES = ['sha-224', 'sha-256', 'sha-384', 'sha-512'] as const;
export type FingerprintHash = (typeof FINGERPRINT_HASHES)[number];

export interface OfferSection {
  readonly kind: 'audio' | 'rejected';
  /** `audio`, `video`, `application`… as offered. */
  readonly media: string;
  /** Transport protocol as offered, such as `UDP/TLS/RTP/SAVPF`. */
  readonly protocol: string;
  /** First format as offered, needed to write a rejected m-line. */
  readonly format: string;
  /** Undefined when the offer has none (a peer without BUNDLE). */
  readonly mid: string | undefined;
}

export interface OfferedAudio {
  /** `'0'` when the offer has none. */
  readonly mid: string;
  /** Whether the offer puts it into a BUNDLE group (RFC 9143): only then may the answer have one. */
  readonly bundled: boolean;
  /** Opus payload type as the offerer numbered it. */
  readonly payloadType: number;
  /** Id of the `ssrc-audio-level` header extension (RFC 6464), when offered. */
  readonly audioLevelExtensionId: number | undefined;
  readonly direction: 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';
}
