import type { FrameMs } from './probe-payload.js';

/** What the benchmark and its load processes say to each other, as plain data over the IPC channel. */

export interface RelayTarget {
  readonly url: string;
  readonly masjidId: string;
  /** Local address of the peers; undefined for every interface. */
  readonly bindAddress: string | undefined;
  /** False for a relay that sends checks to the candidates of an offer. */
  readonly offerCandidates: boolean;
}

/** What listeners are made of: this relay's own layers, at a tenth of the cost, or another implementation. */
export type PeerKind = 'light' | 'libdatachannel';

export interface ListenerSettings extends RelayTarget {
  readonly peers: PeerKind;
  /** A try that hears nothing for this long is closed, and a new peer connection tries again. */
  readonly tryTimeoutMs: number;
  /** A listener that hears nothing for this long in all has failed for good. */
  readonly joinTimeoutMs: number;
}

export type TryFailure = 'refused' | 'no_broadcast' | 'no_answer' | 'ice_or_dtls_failed' | 'silent';

export interface JoinOutcome {
  readonly joined: boolean;
  /** From making the first peer connection to the first audio packet, all tries included. */
  readonly joinMs: number;
  /** From posting the offer to media that can flow, of the try that succeeded. */
  readonly connectMs: number;
  readonly failures: readonly TryFailure[];
}

/** About the window since the last `mark`, over all listeners of the process. */
export interface ListenerWindow {
  readonly listeners: number;
  /** Listeners that heard nothing in the window. */
  readonly deaf: number;
  readonly received: number;
  readonly lost: number;
  readonly duplicates: number;
  /** Packets of the listener that got fewest. */
  readonly fewest: number;
  /** Broadcaster to listener, one counter a millisecond, the last one for everything above; empty without probes. */
  readonly delayHistogram: readonly number[];
  /** Number of each packet and its delay to the last of these listeners, in milliseconds. */
  readonly lastDelays: readonly (readonly [counter: number, delayMs: number])[];
}

export interface ListenerRequests {
  configure: { request: ListenerSettings; reply: null };
  join: { request: { readonly label: string }; reply: JoinOutcome };
  leave: { request: { readonly labels: readonly string[] }; reply: null };
  mark: { request: null; reply: null };
  report: { request: null; reply: ListenerWindow };
}

export interface BroadcasterSettings extends RelayTarget {
  /** Undefined for a relay that asks for none. */
  readonly token: string | undefined;
  readonly profile: PacketProfile;
}

export interface PacketProfile {
  readonly frameMs: FrameMs;
  readonly payloadBytes: number;
}

export interface BroadcasterRequests {
  start: { request: BroadcasterSettings; reply: null };
  /** Packets sent since the start. */
  count: { request: null; reply: { readonly sent: number } };
}

export interface LibwebrtcRequests {
  /** One more listener. */
  join: { request: RelayTarget; reply: { readonly answerToConnectedMs: number } };
}

/** Each request of a map, with what it is answered. */
export type RequestMap<Names> = { [Name in keyof Names]: { request: unknown; reply: unknown } };

export interface RequestEnvelope {
  readonly id: number;
  readonly name: string;
  readonly body: unknown;
}

export type ReplyEnvelope =
  | { readonly id: number; readonly ok: true; readonly body: unknown }
  | { readonly id: number; readonly ok: false; readonly message: string };
