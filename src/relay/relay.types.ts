import type { PeerCloseReason, PeerRole, WorkerReport } from './media-protocol.js';

/** What clients call `connectionID` and `version`: echoed with the type it was sent in. */
export type ClientLabel = string | number;

/** Who stands behind a peer, for the audit log; the relay decides nothing by it. */
export interface PeerOrigin {
  readonly requestId: string;
  /** The caller's address, as seen through a reverse proxy on this machine. */
  readonly clientAddress: string;
  /** Whom the token named, if one was shown. */
  readonly actor: PeerActor | undefined;
}

export interface PeerActor {
  readonly role: string;
  /** Whom the token was made for. */
  readonly sub: string;
  /** The only broadcast that the token is for; an admin has none. */
  readonly masjidId: string | undefined;
  /** Finds the line of the audit log that tells who made the token. */
  readonly jti: string;
  /** The key that signed it. */
  readonly kid: string;
}

/** An offer as it reaches the registry: shape checked, SDP not yet. */
export interface PeerOffer extends PeerOrigin {
  /** Names the broadcast; `1` and `"1"` name the same one. */
  readonly connectionID: ClientLabel;
  readonly version: ClientLabel | undefined;
  /** The bare SDP text of the offer. */
  readonly sdp: string;
  /** Whether a listener that does not connect comes again, by way of TURN. */
  readonly triesTurnNext?: boolean;
  /** What `clientAddress` counts as where limits are per address: of IPv6, its network. */
  readonly addressKey: string;
}

/** Broadcast life: `connecting → live ⇄ interrupted → ended`. */
export type BroadcastState = 'connecting' | 'live' | 'interrupted' | 'ended';

/** `RTCPeerConnectionState` as far as the relay tells them apart. */
export type PeerState = 'connecting' | 'connected' | 'closed';

/** One entry of `GET /broadcast`. */
export interface ListenerEntry {
  readonly connectionID: ClientLabel;
  readonly version: ClientLabel | undefined;
  readonly state: PeerState;
  /** Opaque label of this one listener. */
  readonly randomID: string;
}

/** Everything that status, health and metrics want to know, as plain data. */
export interface RelaySnapshot {
  readonly broadcasts: readonly BroadcastSnapshot[];
  readonly workers: readonly WorkerSnapshot[];
  readonly totalListeners: number;
  readonly stopping: boolean;
  /** Whether new broadcasts are refused, for maintenance. */
  readonly draining: boolean;
}

export interface BroadcastSnapshot {
  /** The key: `String(connectionID)`. */
  readonly broadcastId: string;
  readonly connectionID: ClientLabel;
  readonly state: BroadcastState;
  readonly startedAt: Date;
  readonly listeners: number;
  /** Those of them whose connection is made. */
  readonly connectedListeners: number;
  /** Listeners that were refused or never connected. */
  readonly joinFailures: number;
  readonly broadcasterState: PeerState;
  readonly source: SourceSnapshot;
}

/** What comes from the broadcaster that speaks, as of its last report; the reports come once a second. */
export interface SourceSnapshot extends Partial<SourceRates> {
  readonly lastPacketAt: Date | undefined;
  /** Whole seconds without sound, with packets or without; 0 while it sounds. */
  readonly silentForSeconds: number;
  /** Of the loudest packet of the last second, 0 (loudest) to -127 (silence), RFC 6464. */
  readonly audioLevelDbov: number | undefined;
  /** Whether silence is judged by the size of packets. */
  readonly levelEstimated: boolean;
}

/** Over the last seconds. */
export interface SourceRates {
  readonly packetsPerSecond: number;
  /** Of the Opus payload, in bit/s. */
  readonly bitrate: number;
  /** Packets that did not arrive, of those sent. */
  readonly lossPercent: number;
}

export interface WorkerSnapshot {
  readonly index: number;
  /** Absent while the worker is being replaced. */
  readonly pid: number | undefined;
  /** Absent while the worker is being replaced. */
  readonly udpPort: number | undefined;
  readonly restarts: number;
  /** Whether it takes peers. */
  readonly ready: boolean;
  readonly peers: number;
  readonly report: WorkerReport | undefined;
  /** Since the last report, or since its start; undefined while there is no process. */
  readonly reportAgeMs: number | undefined;
  /** User and system time between the last two reports; 100 is one core. */
  readonly cpuPercent: number | undefined;
}

/** How a join ended, as counted by `azaan_joins_total{result}`. */
export const JOIN_RESULTS = ['ok', 'no_broadcast', 'bad_offer', 'capacity', 'address_limit', 'unavailable'] as const;
export type JoinResult = (typeof JOIN_RESULTS)[number];

/** Who speaks in a broadcast, told when it changes; each names the broadcaster that is or was heard. */
export type BroadcastChange = { readonly broadcastId: string; readonly broadcaster: PeerOrigin } & (
  | { readonly kind: 'started' }
  | { readonly kind: 'taken_over'; readonly previous: PeerOrigin }
  | { readonly kind: 'stopped'; readonly durationSeconds: number; readonly peakListeners: number }
);

/** What the registry announces while it happens; metrics and the audit log listen. */
export interface RelayEvents {
  /**
   * `POST /consumer` was answered or refused, `seconds` after the offer came in. A later offer that goes on with the same peer is
   * no further join.
   */
  join: [result: JoinResult, seconds: number];
  /** The first packet went out to a listener that came while the broadcast was live, `seconds` after its offer came in. */
  firstPacket: [seconds: number];
  peerClosed: [role: PeerRole, reason: PeerCloseReason];
  workerRestarted: [index: number];
  /** Sound of a broadcaster came for the first time, or a broadcast that was heard is over. */
  broadcastChanged: [change: BroadcastChange];
}
