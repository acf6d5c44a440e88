import type { OpusConfig } from '../../config/app-config.js';
import type { ReducedOffer } from './reduced-offer.js';

/** What the media engine decided for its side of one peer. */
export interface EngineTransport {
  readonly iceUfrag: string;
  readonly icePwd: string;
  /** `sha-256 AB:CD:…` */
  readonly fingerprint: string;
  readonly setup: 'active' | 'passive';
  /** Local addresses the media socket can be reached at, best first, all on `port`. */
  readonly hostAddresses: readonly string[];
  readonly port: number;
}

export interface ListenerTrack {
  readonly ssrc: number;
  readonly cname: string;
  readonly streamId: string;
  readonly trackId: string;
}

export interface AnswerOptions {
  readonly offer: ReducedOffer;
  readonly transport: EngineTransport;
  /** Announced before the host addresses. */
  readonly publicIps: readonly string[];
  readonly opus: OpusConfig;
  /** Present for a listener (`sendonly`), absent for a broadcaster (`recvonly`). */
  readonly track?: ListenerTrack;
}

/** The engine's transport lines, read from its own local description. */
export function readEngineTransport(_localSdp: string): EngineTransport {
  throw new Error('being built');
}

/** A whole answer: every m-line of the offer mirrored, audio accepted, all else rejected with port 0. CRLF line ends. */
export function composeAnswer(_options: AnswerOptions): string {
  throw new Error('being built');
}
