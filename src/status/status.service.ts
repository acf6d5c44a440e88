import process from 'node:process';
import { Injectable } from '@nestjs/common';
import { ProcessLoad } from '../process/process-load.js';
import { RelayRegistry } from '../relay/relay-registry.js';
import type { BroadcastSnapshot, WorkerSnapshot } from '../relay/relay.types.js';
import { ListenerTally } from './listener-tally.js';
import type { Status, StatusBroadcast, StatusMediaWorker } from './status.dto.js';
import { VERSION } from './version.js';

@Injectable()
export class StatusService {
  constructor(
    private readonly relay: RelayRegistry,
    private readonly load: ProcessLoad,
    private readonly tally: ListenerTally,
  ) {}

  read(): Status {
    const { broadcasts, workers, draining } = this.relay.snapshot();
    const activeBroadcasts = broadcasts.flatMap(toBroadcast).sort(byMasjid);
    const { rss, heapUsed } = process.memoryUsage();
    return {
      timestamp: new Date().toISOString(),
      uptimeSeconds: Math.floor(process.uptime()),
      activeBroadcastCount: activeBroadcasts.length,
      activeBroadcasts,
      totalConnectedListeners: activeBroadcasts.reduce((sum, { listenerCount }) => sum + listenerCount, 0),
      joins: this.tally.joins,
      listenerDisconnects: this.tally.disconnects,
      process: { rss, heapUsed, eventLoopLagMs: this.load.eventLoopLagMs },
      mediaWorkers: workers.map(toMediaWorker),
      version: VERSION,
      node: process.version,
      draining,
    };
  }
}

/** By code units, and so the same wherever it runs. */
function byMasjid(a: StatusBroadcast, b: StatusBroadcast): number {
  if (a.masjidId === b.masjidId) return 0;
  return a.masjidId < b.masjidId ? -1 : 1;
}

function toBroadcast(broadcast: BroadcastSnapshot): StatusBroadcast[] {
  const { state, source } = broadcast;
  if (state === 'ended') return [];
  return [
    {
      masjidId: broadcast.broadcastId,
      connectionID: broadcast.connectionID,
      startedAt: broadcast.startedAt.toISOString(),
      listenerCount: broadcast.connectedListeners,
      adminConnectionState: broadcast.broadcasterState,
      state,
      lastSeenAt: source.lastPacketAt?.toISOString() ?? null,
      audioLevelDbov: source.audioLevelDbov ?? null,
      levelEstimated: source.levelEstimated,
      silentForSeconds: source.silentForSeconds,
      packetsPerSecond: rounded(source.packetsPerSecond, 1),
      bitrate: rounded(source.bitrate, 0),
      lossPercent: rounded(source.lossPercent, 2),
      joinFailures: broadcast.joinFailures,
    },
  ];
}

function toMediaWorker({
  index,
  ready,
  pid,
  udpPort,
  restarts,
  report,
  cpuPercent,
}: WorkerSnapshot): StatusMediaWorker {
  return {
    index,
    ready,
    pid: pid ?? null,
    udpPorts: udpPort === undefined ? [] : [udpPort],
    restarts,
    listeners: report?.listeners ?? 0,
    cpuPercent: rounded(cpuPercent, 1),
    rss: report?.rssBytes ?? null,
    eventLoopLagMs: rounded(report?.eventLoopLagMs, 1),
  };
}

function rounded(value: number | undefined, digits: number): number | null {
  if (value === undefined) return null;
  const scale = 10 ** digits;
  return Math.round(value * scale) / scale;
}
