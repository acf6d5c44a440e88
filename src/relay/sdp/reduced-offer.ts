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
  /** `sha-256 AB:CD:…` */
  readonly fingerprint: string;
  readonly setup: 'actpass' | 'active' | 'passive';
  readonly audio: OfferedAudio;
  /** `port` of every UDP candidate offered, with its address when that is not hidden by mDNS. Never sent to, only compared. */
  readonly candidates: readonly OfferedCandidate[];
  /** Whether a candidate is that of a TURN server which the offerer reaches over TCP or TLS. */
  readonly relayedOverTcp: boolean;
}

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

export interface OfferedCandidate {
  /** IPv4 or IPv6 address; undefined for an mDNS name. */
  readonly address: string | undefined;
  readonly port: number;
}
