import type { BroadcasterReport, WorkerReport } from '../../src/relay/media-protocol.js';
import type {
  BroadcastSnapshot,
  PeerOffer,
  RelaySnapshot,
  SourceSnapshot,
  WorkerSnapshot,
} from '../../src/relay/relay.types.js';

const SOURCE: SourceSnapshot = {
  lastPacketAt: new Date('2026-11-23T12:00:59.940Z'),
  silentForSeconds: 0,
  audioLevelDbov: -20,
  levelEstimated: false,
  packetsPerSecond: 16.7,
  bitrate: 18_600,
  lossPercent: 0,
};

const REPORT: WorkerReport = {
  atMs: 1_000,
  listeners: 0,
  cpuMicros: 0,
  rssBytes: 50_000_000,
  eventLoopLagMs: 0,
  rtpIn: 0,
  rtpOut: 0,
  rtpSendFailures: 0,
  kernelDrops: 0,
  sendRefusals: 0,
  rtpDropped: { malformed: 0, oversized: 0, wrong_payload_type: 0, too_fast: 0, stale: 0, bus_overflow: 0 },
  broadcasters: [],
};

/** A broadcast that is live and sounds, but for `changes`. */
export function broadcastSnapshot(
  broadcastId: string,
  {
    source,
    ...changes
  }: Partial<Omit<BroadcastSnapshot, 'source'>> & { readonly source?: Partial<SourceSnapshot> } = {},
): BroadcastSnapshot {
  return {
    broadcastId,
    connectionID: broadcastId,
    state: 'live',
    startedAt: new Date('2026-11-23T12:00:00Z'),
    listeners: 1,
    connectedListeners: 1,
    joinFailures: 0,
    broadcasterState: 'connected',
    source: { ...SOURCE, ...source },
    ...changes,
  };
}

/** A worker that runs well, but for `changes`. */
export function workerSnapshot(
  index: number,
  { report, ...changes }: Partial<Omit<WorkerSnapshot, 'report'>> & { readonly report?: Partial<WorkerReport> } = {},
): WorkerSnapshot {
  return {
    index,
    pid: 100 + index,
    udpPort: 49_152 + index,
    restarts: 0,
    ready: true,
    peers: 0,
    report: { ...REPORT, ...report },
    reportAgeMs: 500,
    cpuPercent: 1,
    ...changes,
  };
}

/** A relay where nothing happens, but for `changes`. */
export function relaySnapshot(changes: Partial<RelaySnapshot> = {}): RelaySnapshot {
  return { broadcasts: [], workers: [], totalListeners: 0, stopping: false, draining: false, ...changes };
}

/** A call of somebody who begins or joins the broadcast of a masjid, but for `changes`. */
export function peerOffer(changes: Partial<PeerOffer> = {}): PeerOffer {
  return {
    connectionID: 'an-noor',
    version: undefined,
    sdp: '',
    requestId: 'request',
    clientAddress: '192.0.2.1',
    addressKey: '192.0.2.1',
    actor: undefined,
    ...changes,
  };
}

/** What a worker tells of a broadcaster that speaks, but for `changes`. */
export function broadcasterReport(changes: Partial<BroadcasterReport> = {}): BroadcasterReport {
  return {
    peerId: 'p',
    packets: 100,
    payloadBytes: 15_000,
    lost: 0,
    audioLevelDbov: -25,
    soundAgeMs: 40,
    levelEstimated: false,
    idleMs: 40,
    ...changes,
  };
}
