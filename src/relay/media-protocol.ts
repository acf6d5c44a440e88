import type { OpusConfig } from '../config/app-config.js';
import type { ReducedOffer } from './sdp/reduced-offer.js';

/**
 * What the main process and a media worker say to each other. Everything is plain data, so that a worker can be a
 * process today and another machine tomorrow.
 */

/** Sent once, first. */
export interface WorkerSettings {
  readonly workerIndex: number;
  /** Of all its peers; 0 for one that the system chooses. */
  readonly udpPort: number;
  readonly bindAddress: string | undefined;
  readonly publicIps: readonly string[];
  readonly opus: OpusConfig;
  readonly peerConnectTimeoutMs: number;
  /** Without an authenticated datagram for this long, a connected peer has withdrawn its consent (RFC 7675). */
  readonly peerSilenceTimeoutMs: number;
  /** Socket paths of the buses of all workers, by worker index. */
  readonly busPaths: readonly string[];
}

export type PeerRole = 'broadcaster' | 'listener';

export interface OpenPeerRequest {
  readonly peerId: string;
  /** Of the call that brought the offer; the worker's log lines about the peer have it. */
  readonly requestId: string;
  readonly broadcastId: string;
  readonly role: PeerRole;
  /** Rises with every broadcaster of a broadcast: packets of an older one are dropped once a newer one speaks. */
  readonly generation: number;
  readonly offer: ReducedOffer;
}

/** A newer offer of the client behind an open peer (RFC 3264, 8). New ICE credentials in it restart ICE (RFC 8839, 4.4). */
export interface ReofferPeerRequest {
  readonly peerId: string;
  readonly offer: ReducedOffer;
}

/** Requests, each answered once. */
export interface WorkerRequests {
  /** The reply names the UDP port that the worker holds from now on. */
  start: { request: WorkerSettings; reply: { readonly udpPort: number } };
  openPeer: { request: OpenPeerRequest; reply: { readonly answer: string } };
  /** Refused when the peer is gone, or the offer cannot go on with its DTLS association; the peer stays as it is. */
  reofferPeer: { request: ReofferPeerRequest; reply: { readonly answer: string } };
  closePeer: { request: { readonly peerId: string }; reply: null };
  stop: { request: null; reply: null };
}

/** Why peers end. */
export const CLOSE_REASONS = [
  /** The peer said goodbye (DTLS close). */
  'left',
  /** It never connected within `PEER_CONNECT_TIMEOUT_MS`. */
  'connect_timeout',
  /** It never connected, and comes again by way of TURN. */
  'no_direct_path',
  /** It connected, and nothing authentic came from it for `PEER_SILENCE_TIMEOUT_MS`. */
  'silent',
  /** ICE or DTLS failed. */
  'failed',
  /** The relay closed it: takeover, another connection of the same client, end of the broadcast. */
  'closed_by_relay',
  /** Its worker died. */
  'worker_lost',
  /** The server is stopping. */
  'shutdown',
] as const;
export type PeerCloseReason = (typeof CLOSE_REASONS)[number];

/** Sent by a worker without being asked. */
export type WorkerEvent =
  | { readonly type: 'peerConnected'; readonly peerId: string }
  /** First RTP packet sent to a listener, or received from a broadcaster. */
  | { readonly type: 'peerFlowing'; readonly peerId: string }
  | { readonly type: 'peerClosed'; readonly peerId: string; readonly reason: PeerCloseReason }
  | { readonly type: 'report'; readonly report: WorkerReport }
  | {
      readonly type: 'log';
      readonly level: 'debug' | 'info' | 'warn' | 'error';
      readonly message: string;
      readonly fields: Readonly<Record<string, string | number | boolean>>;
    };

/** Once a second. Counters rise for the life of the worker. */
export interface WorkerReport {
  /** The worker's monotonic clock, in milliseconds. */
  readonly atMs: number;
  readonly listeners: number;
  readonly cpuMicros: number;
  readonly rssBytes: number;
  readonly eventLoopLagMs: number;
  readonly rtpIn: number;
  readonly rtpOut: number;
  /** Packets to a listener that the engine refused. */
  readonly rtpSendFailures: number;
  /** Datagrams that the kernel dropped before the worker read them: it did not keep up. */
  readonly kernelDrops: number;
  /** Datagrams that the kernel did not take (EAGAIN, ENOBUFS). */
  readonly sendRefusals: number;
  /** Incoming packets dropped by reason. */
  readonly rtpDropped: Readonly<Record<RtpDropReason, number>>;
  readonly broadcasters: readonly BroadcasterReport[];
}

/** Why packets of broadcasters are dropped. */
export const DROP_REASONS = [
  'malformed',
  'oversized',
  'wrong_payload_type',
  'too_fast',
  'stale',
  'bus_overflow',
] as const;
export type RtpDropReason = (typeof DROP_REASONS)[number];

export interface BroadcasterReport {
  readonly peerId: string;
  readonly packets: number;
  readonly payloadBytes: number;
  /** Packets that the sequence numbers say are missing. */
  readonly lost: number;
  /**
   * Of the loudest packet since the last report, 0 (loudest) to -127 (silence), RFC 6464; undefined when none told its
   * level.
   */
  readonly audioLevelDbov: number | undefined;
  /** Since the last packet with sound in it, in milliseconds; undefined while there was none. */
  readonly soundAgeMs: number | undefined;
  /** Whether sound was told from silence by the size of packets, because the sender tells no level. */
  readonly levelEstimated: boolean;
  /** Since the last packet, in milliseconds. */
  readonly idleMs: number;
}

/** Envelopes on the IPC channel, which carries arrays of them: all of one turn of the sender's event loop, in their order. */
export interface ToWorker {
  readonly id: number;
  readonly name: keyof WorkerRequests;
  readonly body: unknown;
}
export type FromWorker =
  | { readonly kind: 'reply'; readonly id: number; readonly body: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly message: string }
  | { readonly kind: 'event'; readonly event: WorkerEvent };
