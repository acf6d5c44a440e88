import type { Dashboard } from './dashboard.ts';
import { graph, stat } from './panels.ts';

export const workers: Dashboard = {
  uid: 'azaan-workers',
  title: 'Media workers',
  description: 'The processes that send the packets, and the one that answers the calls.',
  rows: [
    [
      stat(8, {
        title: 'Workers ready',
        description: 'Media workers that can take peers; one for each core.',
        unit: 'short',
        queries: [{ expr: 'sum(azaan_media_workers_ready)', legend: 'ready' }],
        thresholds: { warning: 1, critical: 1, lowIsBad: true },
      }),
      stat(8, {
        title: 'Deaths in 24 h',
        description: 'Media workers that died and were replaced. Each took its listeners along for a moment.',
        unit: 'short',
        queries: [{ expr: 'round(sum(increase(azaan_media_worker_restarts_total[24h])))', legend: 'deaths' }],
        thresholds: { warning: 1, critical: 3 },
      }),
      stat(8, {
        title: 'Draining',
        description: '1 during maintenance: new broadcasts are refused.',
        unit: 'none',
        queries: [{ expr: 'max(azaan_draining)', legend: 'draining' }],
        thresholds: { warning: 1, critical: 2 },
      }),
    ],
    [
      graph(12, {
        title: 'Listeners by worker',
        description: 'Newcomers go to the worker with the fewest peers, so that lines stay close together.',
        unit: 'short',
        min: 0,
        queries: [{ expr: 'azaan_media_worker_listeners', legend: 'worker {{worker}}' }],
      }),
      graph(12, {
        title: 'Processor by worker',
        description: 'Of one core; a worker can use a little more than one.',
        unit: 'percentunit',
        min: 0,
        queries: [
          { expr: 'rate(azaan_media_worker_cpu_seconds_total[$__rate_interval])', legend: 'worker {{worker}}' },
          { expr: 'rate(process_cpu_seconds_total{job="relay"}[$__rate_interval])', legend: 'main process' },
        ],
      }),
    ],
    [
      graph(12, {
        title: 'Delay of the event loop',
        description: 'How late each process was at worst. Packets are 60 ms long: above 100 ms listeners hear it.',
        unit: 's',
        min: 0,
        queries: [
          { expr: 'azaan_media_worker_event_loop_lag_seconds', legend: 'worker {{worker}}' },
          { expr: 'nodejs_eventloop_lag_p99_seconds{job="relay"}', legend: 'main process, p99' },
        ],
      }),
      graph(12, {
        title: 'Memory',
        description: 'Resident memory. Some 70 MB a worker, and less than 0.3 MB a listener.',
        unit: 'bytes',
        min: 0,
        queries: [
          { expr: 'azaan_media_worker_resident_memory_bytes', legend: 'worker {{worker}}' },
          { expr: 'process_resident_memory_bytes{job="relay"}', legend: 'main process' },
        ],
      }),
    ],
  ],
};
