import type { Dashboard } from './dashboard.ts';
import { graph, stat } from './panels.ts';

export const workers: Dashboard = {
  uid: 'azaan-workers',
  title: 'Media workers',
  description: 'The processes that send the packets, and the one that answers the calls.',
  panels: [
    stat(8, 'Workers ready', 'short', {
      description: 'Media workers that can take peers; one for each core.',
      queries: { ready: 'sum(azaan_media_workers_ready)' },
      thresholds: { warning: 1, critical: 1, lowIsBad: true },
    }),
    stat(8, 'Deaths in 24 h', 'short', {
      description: 'Media workers that died and were replaced. Each took its listeners along for a moment.',
      queries: { deaths: 'round(sum(increase(azaan_media_worker_restarts_total[24h])))' },
      thresholds: { warning: 1, critical: 3 },
    }),
    stat(8, 'Draining', 'none', {
      description: '1 during maintenance: new broadcasts are refused.',
      queries: { draining: 'max(azaan_draining)' },
      thresholds: { warning: 1, critical: 2 },
    }),
    graph(12, 'Listeners by worker', 'short', {
      description: 'Newcomers go to the worker with the fewest peers, so that lines stay close together.',
      queries: { 'worker {{worker}}': 'azaan_media_worker_listeners' },
    }),
    graph(12, 'Processor by worker', 'percentunit', {
      description: 'Of one core; a worker can use a little more than one.',
      queries: {
        'worker {{worker}}': 'rate(azaan_media_worker_cpu_seconds_total[$__rate_interval])',
        'main process': 'rate(process_cpu_seconds_total{job="relay"}[$__rate_interval])',
      },
    }),
    graph(12, 'Delay of the event loop', 's', {
      description: 'How late each process was at worst. Packets are 60 ms long: above 100 ms listeners hear it.',
      queries: {
        'worker {{worker}}': 'azaan_media_worker_event_loop_lag_seconds',
        'main process, p99': 'nodejs_eventloop_lag_p99_seconds{job="relay"}',
      },
    }),
    graph(12, 'Packets lost on this machine', 'pps', {
      description:
        'Dropped by the kernel before they were read (in), or not taken from us (out). None is as it should be.',
      queries: {
        '{{direction}}': 'sum by (direction) (rate(azaan_media_socket_drops_total[$__rate_interval]))',
        refused: 'sum(rate(azaan_rtp_send_failures_total[$__rate_interval]))',
      },
    }),
    graph(12, 'Memory', 'bytes', {
      description: 'Resident memory. Some 80 MB a worker, and 30 kB a listener; 130 in the first half minute.',
      queries: {
        'worker {{worker}}': 'azaan_media_worker_resident_memory_bytes',
        'main process': 'process_resident_memory_bytes{job="relay"}',
      },
    }),
  ],
};
