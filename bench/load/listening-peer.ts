import type { RtpPacket } from '../../src/relay/media/rtp/rtp-packet.js';
import type { Probe } from './probe-payload.js';

/** Of one packet that a peer heard. */
export type OnPacket = (packet: RtpPacket, probe: Probe | undefined, arrivedAtMs: number) => void;

/** The WebRTC of a listener, for one try. */
export interface ListeningPeer {
  makeOffer(): Promise<string>;
  /** @throws Error when it is no answer to the offer */
  takeAnswer(sdp: string): void;
  /** When media could flow, by `performance.now()`; undefined before that. */
  readonly connectedAtMs: number | undefined;
  /** Whether it is, or may still become, connected. */
  readonly isAlive: boolean;
  /** A compound RTCP packet. */
  sendRtcp(packet: Buffer): void;
  /** To be called ten times a second. */
  tick(nowMs: number): void;
  close(): void;
}

/** How a listener comes to its peer. */
export type OpenPeer = (onPacket: OnPacket) => ListeningPeer;
