import type { PeerCloseReason } from '../relay/media-protocol.js';
import type { BroadcastState, ClientLabel, JoinResult, PeerState } from '../relay/relay.types.js';

/** What `GET /status` answers; `status.dto.ts` explains every field. Times are ISO 8601 in UTC; null is "not known". */
export interface Status {
  readonly timestamp: string;
  readonly uptimeSeconds: number;
  readonly activeBroadcastCount: number;
  readonly activeBroadcasts: readonly StatusBroadcast[];
  readonly totalConnectedListeners: number;
  readonly joins: StatusJoins;
  readonly listenerDisconnects: StatusDisconnects;
  readonly process: StatusProcess;
  readonly mediaWorkers: readonly StatusMediaWorker[];
  readonly version: string;
  readonly node: string;
  readonly draining: boolean;
}

export type StatusJoins = Readonly<Record<JoinResult, number>>;

export type StatusDisconnects = Readonly<Record<PeerCloseReason, number>>;

export interface StatusBroadcast {
  readonly masjidId: string;
  readonly connectionID: ClientLabel;
  readonly startedAt: string;
  readonly listenerCount: number;
  readonly adminConnectionState: PeerState;
  readonly state: Exclude<BroadcastState, 'ended'>;
  readonly lastSeenAt: string | null;
  readonly audioLevelDbov: number | null;
  readonly levelEstimated: boolean;
  readonly silentForSeconds: number;
  readonly packetsPerSecond: number | null;
  readonly bitrate: number | null;
  readonly lossPercent: number | null;
  readonly joinFailures: number;
}

export interface StatusProcess {
  readonly rss: number;
  readonly heapUsed: number;
  readonly eventLoopLagMs: number;
}

export interface StatusMediaWorker {
  readonly index: number;
  readonly ready: boolean;
  readonly pid: number | null;
  readonly udpPorts: readonly number[];
  readonly restarts: number;
  readonly listeners: number;
  readonly cpuPercent: number | null;
  readonly rss: number | null;
  readonly eventLoopLagMs: number | null;
}
