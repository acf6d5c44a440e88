import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import type { RtpDropReason, WorkerReport } from '../relay/media-protocol.js';
import type { WorkerSnapshot } from '../relay/relay.types.js';
import { RisingTotal } from './rising-total.js';

const MICROS_PER_SECOND = 1e6;
const MS_PER_SECOND = 1_000;

const DROP_REASONS: Readonly<Record<RtpDropReason, true>> = {
  malformed: true,
  oversized: true,
  wrong_payload_type: true,
  too_fast: true,
  stale: true,
  bus_overflow: true,
};

/** What the media workers did and cost, as of their reports at each scrape. */
export class WorkerMetrics {
  private readonly ready: Gauge;
  private readonly listeners: Gauge<'worker'>;
  private readonly resident: Gauge<'worker'>;
  private readonly lag: Gauge<'worker'>;
  private readonly cpu: Counter<'worker'>;
  private readonly packets: Counter<'direction'>;
  private readonly dropped: Counter<'reason'>;
  private readonly sendFailures: Counter;
  /** One for each counter that the workers keep. */
  private readonly totals = new Map<string, RisingTotal>();

  constructor(registry: Registry) {
    const registers = [registry];
    this.ready = new Gauge({
      name: 'azaan_media_workers_ready',
      help: 'Media workers that can take peers, or give way to a fresh process while they are idle',
      registers,
    });
    this.listeners = new Gauge({
      name: 'azaan_media_worker_listeners',
      help: 'Listeners on a media worker',
      labelNames: ['worker'],
      registers,
    });
    this.resident = new Gauge({
      name: 'azaan_media_worker_resident_memory_bytes',
      help: 'Resident memory of a media worker',
      labelNames: ['worker'],
      registers,
    });
    this.lag = new Gauge({
      name: 'azaan_media_worker_event_loop_lag_seconds',
      help: 'Longest delay of the event loop of a media worker within the last second',
      labelNames: ['worker'],
      registers,
    });
    this.cpu = new Counter({
      name: 'azaan_media_worker_cpu_seconds_total',
      help: 'User and system time of a media worker, through its restarts',
      labelNames: ['worker'],
      registers,
    });
    this.packets = new Counter({
      name: 'azaan_rtp_packets_total',
      help: 'RTP packets received from broadcasters (in) and sent to listeners (out)',
      labelNames: ['direction'],
      registers,
    });
    this.dropped = new Counter({
      name: 'azaan_rtp_dropped_total',
      help: 'RTP packets of broadcasters that were dropped, by reason',
      labelNames: ['reason'],
      registers,
    });
    this.sendFailures = new Counter({
      name: 'azaan_rtp_send_failures_total',
      help: 'RTP packets to listeners that the media engine refused',
      registers,
    });
    for (const direction of ['in', 'out']) this.packets.inc({ direction }, 0);
    for (const reason of Object.keys(DROP_REASONS)) this.dropped.inc({ reason }, 0);
  }

  read(workers: readonly WorkerSnapshot[]): void {
    this.ready.set(workers.filter(({ ready, renewing }) => ready || renewing).length);
    for (const gauge of [this.listeners, this.resident, this.lag]) gauge.reset();
    for (const { index, pid, report } of workers) {
      if (pid !== undefined && report !== undefined) this.readReport(index, pid, report);
    }
  }

  /** @param pid tells one life of a worker from the next: a renewal is no restart */
  private readReport(index: number, pid: number, report: WorkerReport): void {
    const worker = String(index);
    this.listeners.set({ worker }, report.listeners);
    this.resident.set({ worker }, report.rssBytes);
    this.lag.set({ worker }, report.eventLoopLagMs / MS_PER_SECOND);

    const risen = (name: string, value: number): number => this.total(name).advance(index, pid, value);
    this.cpu.inc({ worker }, risen('cpu', report.cpuMicros) / MICROS_PER_SECOND);
    this.packets.inc({ direction: 'in' }, risen('in', report.rtpIn));
    this.packets.inc({ direction: 'out' }, risen('out', report.rtpOut));
    this.sendFailures.inc(risen('send_failures', report.rtpSendFailures));
    for (const [reason, count] of Object.entries(report.rtpDropped)) {
      this.dropped.inc({ reason }, risen(reason, count));
    }
  }

  private total(name: string): RisingTotal {
    const known = this.totals.get(name);
    if (known !== undefined) return known;
    const total = new RisingTotal();
    this.totals.set(name, total);
    return total;
  }
}
