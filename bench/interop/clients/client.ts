import type { OpusPacket } from '../../../src/cli/ogg-opus.js';
import type { Closeable } from '../../scope.js';

export const ROLES = ['broadcaster', 'listener'] as const;
export type Role = (typeof ROLES)[number];

/** SRTP protection profiles, as RFC 7714 (14.2) and RFC 5764 (4.1.2) name them, without their prefix. */
export type Suite = 'AEAD_AES_128_GCM' | 'AES128_CM_SHA1_80';

/** Takes what a listener hears, in whichever form the client has it. Neither throws. */
export interface Ear {
  /** Decoded sound, mono, from pieces of any length. */
  pcm(samples: Int16Array, sampleRate: number): void;
  /** The payload of one RTP packet, of a client that brings no decoder. */
  opus(payload: Buffer): void;
}

export interface PeerSettings {
  readonly role: Role;
  /** Of the relay, for clients that are pages and need an origin. */
  readonly url: string;
  /** The only suite to offer; the client's own choice when undefined. */
  readonly suite: Suite | undefined;
  /** Takes its packets from here when it brings no encoder: one second of 20 ms packets that can be repeated. */
  readonly tape: readonly OpusPacket[];
  /** Keeps to the 20 ms packets that every decoder knows, whatever the answer asks for. */
  readonly shortPackets: boolean;
  readonly ear: Ear;
}

/** One WebRTC connection of a client with one Opus track, offered by the client. */
export interface ClientPeer extends Closeable {
  /** Of the client. */
  readonly version: string;
  /** The offer with all of its candidates inside. */
  makeOffer(): Promise<string>;
  /**
   * Resolves once media can flow, to the milliseconds from the answer on.
   *
   * @throws Error when that takes longer than `CONNECT_TIMEOUT_MS`
   */
  connect(answer: string): Promise<number>;
  /** What was negotiated; undefined where the client does not tell. */
  suite(): Promise<Suite | undefined>;
}

/** A file that shows that a package is there; `*` stands for anything. */
export interface Requirement {
  readonly file: string;
  /** As Debian and Ubuntu name it. */
  readonly package: string;
}

/** A program or library that speaks WebRTC. */
export interface Client {
  /** For `--only`. */
  readonly name: string;
  readonly title: string;
  /** Beside what `npm ci` brings. */
  readonly requirements: readonly Requirement[];
  /** Each is tried alone; undefined is the client's own choice. */
  readonly suites: readonly (Suite | undefined)[];
  /** Decodes frames of 20 ms and no others. */
  readonly hearsShortPacketsOnly: boolean;
  /** Does beforehand what would keep the machine from its calls. */
  prepare?(): Promise<unknown>;
  open(settings: PeerSettings): Promise<ClientPeer>;
}

export const CONNECT_TIMEOUT_MS = 15_000;

const SUITE_NAMES: Readonly<Record<string, Suite>> = {
  AEAD_AES_128_GCM: 'AEAD_AES_128_GCM',
  AES128_CM_SHA1_80: 'AES128_CM_SHA1_80',
  SRTP_AEAD_AES_128_GCM: 'AEAD_AES_128_GCM',
  AES_CM_128_HMAC_SHA1_80: 'AES128_CM_SHA1_80',
  SRTP_AES128_CM_SHA1_80: 'AES128_CM_SHA1_80',
  SRTP_AES128_CM_HMAC_SHA1_80: 'AES128_CM_SHA1_80',
};

/** A suite by any of the names that clients have for it. */
export function suiteNamed(name: unknown): Suite | undefined {
  return typeof name === 'string' ? SUITE_NAMES[name] : undefined;
}
