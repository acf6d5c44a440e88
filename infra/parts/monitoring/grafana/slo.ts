import type { Dashboard } from './dashboard.ts';
import { graph, stat } from './panels.ts';

const BURN_WINDOWS = ['1h', '6h', '3d'];

export const slo: Dashboard = {
  uid: 'azaan-slo',
  title: 'SLO and error budget',
  description: 'Objectives over 30 days: 99.9 % available, 99 % of joins succeed, 99 % of those with sound within 2 s.',
  from: 'now-7d',
  rows: [
    [
      stat(6, {
        title: 'Available, 30 days',
        description:
          'Share of the probes of /healthz that succeeded, from outside where that is probed. Objective: 99.9 %.',
        unit: 'percentunit',
        queries: [{ expr: '1 - azaan:unavailable:ratio30d', legend: 'available' }],
        thresholds: { warning: 0.9995, critical: 0.999, lowIsBad: true },
      }),
      stat(6, {
        title: 'Outage budget left',
        description: 'Of the 43 minutes that a month may have. Below zero: the objective is missed.',
        unit: 'percentunit',
        queries: [{ expr: '1 - azaan:unavailable:ratio30d / 0.001', legend: 'left' }],
        thresholds: { warning: 0.5, critical: 0.1, lowIsBad: true },
      }),
      stat(6, {
        title: 'Joins within 2 s, 30 days',
        description:
          'Share of the joins that had sound within 2 s of the offer; those that never connected count as slow. Objective: 99 %.',
        unit: 'percentunit',
        queries: [{ expr: '1 - azaan:joins_slow:ratio30d', legend: 'fast' }],
        thresholds: { warning: 0.995, critical: 0.99, lowIsBad: true },
      }),
      stat(6, {
        title: 'Slow joins left',
        description: 'Of the 1 % that a month may have. Below zero: the objective is missed.',
        unit: 'percentunit',
        queries: [{ expr: '1 - azaan:joins_slow:ratio30d / 0.01', legend: 'left' }],
        thresholds: { warning: 0.5, critical: 0.1, lowIsBad: true },
      }),
    ],
    [
      stat(6, {
        title: 'Joins that succeed, 30 days',
        description:
          'Share of the joins that were let in and connected. Waiting for a broadcast is no join. Objective: 99 %.',
        unit: 'percentunit',
        queries: [{ expr: '1 - azaan:joins_failed:ratio30d', legend: 'succeed' }],
        thresholds: { warning: 0.995, critical: 0.99, lowIsBad: true },
      }),
      stat(6, {
        title: 'Failed joins left',
        description: 'Of the 1 % that a month may have. Below zero: the objective is missed.',
        unit: 'percentunit',
        queries: [{ expr: '1 - azaan:joins_failed:ratio30d / 0.01', legend: 'left' }],
        thresholds: { warning: 0.5, critical: 0.1, lowIsBad: true },
      }),
      graph(12, {
        title: 'Burn rate of join success',
        description:
          '1 uses the budget up in exactly a month. Alerts: 14.4 over 1 h, 6 over 6 h, 1 over 3 d, each with enough joins.',
        unit: 'short',
        min: 0,
        queries: BURN_WINDOWS.map((window) => ({ expr: `azaan:joins_failed:ratio${window} / 0.01`, legend: window })),
      }),
    ],
    [
      graph(12, {
        title: 'Burn rate of availability',
        description: '1 uses the budget up in exactly a month. Alerts: 14.4 over 1 h, 6 over 6 h, 1 over 3 d.',
        unit: 'short',
        min: 0,
        queries: BURN_WINDOWS.map((window) => ({ expr: `azaan:unavailable:ratio${window} / 0.001`, legend: window })),
      }),
      graph(12, {
        title: 'Burn rate of join latency',
        description:
          '1 uses the budget up in exactly a month. Alerts: 14.4 over 1 h, 6 over 6 h, 1 over 3 d, each with enough joins.',
        unit: 'short',
        min: 0,
        queries: BURN_WINDOWS.map((window) => ({ expr: `azaan:joins_slow:ratio${window} / 0.01`, legend: window })),
      }),
    ],
    [
      graph(12, {
        title: 'Reachable',
        description: '1 while /healthz answers 200. Gaps: Prometheus itself was away.',
        unit: 'none',
        min: 0,
        max: 1,
        queries: [{ expr: 'azaan:signaling_up', legend: 'up' }],
      }),
      graph(12, {
        title: 'Joins that count',
        description:
          'Joins of the last hour. Of few joins, one slow one says nothing: the alerts wait for 20 an hour, 50 in six, 100 in three days.',
        unit: 'short',
        min: 0,
        queries: [{ expr: 'azaan:joins_timed:increase1h', legend: 'joins' }],
      }),
    ],
  ],
};
