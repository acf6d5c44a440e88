import type { Provider } from '@nestjs/common';
import { makeCounterProvider } from '@willsoto/nestjs-prometheus';
import { DROP_REASONS, type WorkerReport } from '../relay/media-protocol.js';
import { RelayRegistry } from '../relay/relay-registry.js';
import type { RelaySnapshot } from '../relay/relay.types.js';
import { gauge, labelledGauge } from './gauges.js';
import { RisingTotals } from './rising-totals.js';

const MICROS_PER_SECOND = 1e6;
const MS_PER_SECOND = 1_000;

/** What the media workers did and cost, as of their reports at each scrape. */
export const workerMetrics: readonly Provider[] = [
  RisingTotals,
  gauge(
    'azaan_media_workers_ready',
    'Media workers that can take peers',
    ({ workers }) => workers.filter(({ ready }) => ready).length,
  ),
  gaugeOfWorkers('azaan_media_worker_listeners', 'Listeners on a media worker', ({ listeners }) => listeners),
  gaugeOfWorkers(
    'azaan_media_worker_resident_memory_bytes',
    'Resident memory of a media worker',
    ({ rssBytes }) => rssBytes,
  ),
  gaugeOfWorkers(
    'azaan_media_worker_event_loop_lag_seconds',
    'Longest delay of the event loop of a media worker within the last second',
    ({ eventLoopLagMs }) => eventLoopLagMs / MS_PER_SECOND,
  ),
  counterOfWorkers(
    'azaan_media_worker_cpu_seconds_total',
    'User and system time of a media worker, through its restarts',
    'worker',
    [],
    ({ cpuMicros }, worker) => ({ [worker]: cpuMicros / MICROS_PER_SECOND }),
  ),
  counterOfWorkers(
    'azaan_rtp_packets_total',
    'RTP packets received from broadcasters (in) and sent to listeners (out)',
    'direction',
    ['in', 'out'],
    ({ rtpIn, rtpOut }) => ({ in: rtpIn, out: rtpOut }),
  ),
  counterOfWorkers(
    'azaan_rtp_dropped_total',
    'RTP packets of broadcasters that were dropped, by reason',
    'reason',
    DROP_REASONS,
    ({ rtpDropped }) => rtpDropped,
  ),
  counterOfWorkers(
    'azaan_media_socket_drops_total',
    'Datagrams that the kernel dropped before they were read (in), or did not take (out)',
    'direction',
    ['in', 'out'],
    ({ kernelDrops, sendRefusals }) => ({ in: kernelDrops, out: sendRefusals }),
  ),
  makeCounterProvider({
    name: 'azaan_rtp_send_failures_total',
    help: 'RTP packets to listeners that the media engine refused',
    inject: [RelayRegistry, RisingTotals],
    collect(relay: RelayRegistry, totals: RisingTotals) {
      for (const { worker, pid, report } of reportsIn(relay.snapshot())) {
        this.inc(totals.advance(`send failures ${worker}`, pid, report.rtpSendFailures));
      }
    },
  }),
];

interface Reported {
  readonly worker: string;
  /** Tells one life of a worker from the next. */
  readonly pid: number;
  readonly report: WorkerReport;
}

function reportsIn({ workers }: RelaySnapshot): readonly Reported[] {
  return workers.flatMap(({ index, pid, report }) =>
    pid === undefined || report === undefined ? [] : [{ worker: String(index), pid, report }],
  );
}

function gaugeOfWorkers(name: string, help: string, read: (report: WorkerReport) => number): Provider {
  return labelledGauge(name, help, 'worker', (relay) =>
    reportsIn(relay).map(({ worker, report }) => [worker, read(report)]),
  );
}

/**
 * @param known values of the label that begin at 0
 * @param read what a worker counted since its start, by value of the label
 */
function counterOfWorkers(
  name: string,
  help: string,
  label: string,
  known: readonly string[],
  read: (report: WorkerReport, worker: string) => Readonly<Record<string, number>>,
): Provider {
  return makeCounterProvider({
    name,
    help,
    labelNames: [label],
    inject: [RelayRegistry, RisingTotals],
    collect(relay: RelayRegistry, totals: RisingTotals) {
      for (const value of known) this.inc({ [label]: value }, 0);
      for (const { worker, pid, report } of reportsIn(relay.snapshot())) {
        for (const [value, count] of Object.entries(read(report, worker))) {
          this.inc({ [label]: value }, totals.advance(`${name} ${value} ${worker}`, pid, count));
        }
      }
    },
  });
}
