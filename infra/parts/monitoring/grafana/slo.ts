import type { Dashboard } from './dashboard.ts';
import { graph, stat, type PanelOptions } from './panels.ts';

/** How many times faster than planned a budget is used up, over each window that has an alert. */
const burnRates = (bad: string, budget: number): PanelOptions['queries'] =>
  Object.fromEntries(['1h', '6h', '3d'].map((window) => [window, `${bad}:ratio${window} / ${budget}`]));

export const slo: Dashboard = {
  uid: 'azaan-slo',
  title: 'SLO and error budget',
  description: 'Objectives over 30 days: 99.9 % available, 99 % of joins succeed, 99 % of those with sound within 2 s.',
  from: 'now-7d',
  panels: [
    stat(6, 'Available, 30 days', 'percentunit', {
      description:
        'Share of the probes of /healthz that succeeded, from outside where that is probed. Objective: 99.9 %.',
      queries: { available: '1 - azaan:unavailable:ratio30d' },
      thresholds: { warning: 0.9995, critical: 0.999, lowIsBad: true },
    }),
    stat(6, 'Outage budget left', 'percentunit', {
      description: 'Of the 43 minutes that a month may have. Below zero: the objective is missed.',
      queries: { left: '1 - azaan:unavailable:ratio30d / 0.001' },
      thresholds: { warning: 0.5, critical: 0.1, lowIsBad: true },
    }),
    stat(6, 'Joins within 2 s, 30 days', 'percentunit', {
      description:
        'Share of the joins that had sound within 2 s of the offer; those that never connected count as slow. Objective: 99 %.',
      queries: { fast: '1 - azaan:joins_slow:ratio30d' },
      thresholds: { warning: 0.995, critical: 0.99, lowIsBad: true },
    }),
    stat(6, 'Slow joins left', 'percentunit', {
      description: 'Of the 1 % that a month may have. Below zero: the objective is missed.',
      queries: { left: '1 - azaan:joins_slow:ratio30d / 0.01' },
      thresholds: { warning: 0.5, critical: 0.1, lowIsBad: true },
    }),
    stat(6, 'Joins that succeed, 30 days', 'percentunit', {
      description:
        'Share of the joins that were let in and connected. Waiting for a broadcast is no join. Objective: 99 %.',
      queries: { succeed: '1 - azaan:joins_failed:ratio30d' },
      thresholds: { warning: 0.995, critical: 0.99, lowIsBad: true },
    }),
    stat(6, 'Failed joins left', 'percentunit', {
      description: 'Of the 1 % that a month may have. Below zero: the objective is missed.',
      queries: { left: '1 - azaan:joins_failed:ratio30d / 0.01' },
      thresholds: { warning: 0.5, critical: 0.1, lowIsBad: true },
    }),
    graph(12, 'Burn rate of join success', 'short', {
      description:
        '1 uses the budget up in exactly a month. Alerts: 14.4 over 1 h, 6 over 6 h, 1 over 3 d, each with enough joins.',
      queries: burnRates('azaan:joins_failed', 0.01),
    }),
    graph(12, 'Burn rate of availability', 'short', {
      description: '1 uses the budget up in exactly a month. Alerts: 14.4 over 1 h, 6 over 6 h, 1 over 3 d.',
      queries: burnRates('azaan:unavailable', 0.001),
    }),
    graph(12, 'Burn rate of join latency', 'short', {
      description:
        '1 uses the budget up in exactly a month. Alerts: 14.4 over 1 h, 6 over 6 h, 1 over 3 d, each with enough joins.',
      queries: burnRates('azaan:joins_slow', 0.01),
    }),
    graph(12, 'Reachable', 'none', {
      description: '1 while /healthz answers 200. Gaps: Prometheus itself was away.',
      max: 1,
      queries: { up: 'azaan:signaling_up' },
    }),
    graph(12, 'Joins that count', 'short', {
      description:
        'Joins of the last hour. Of few joins, one slow one says nothing: the alerts wait for 20 an hour, 50 in six, 100 in three days.',
      queries: { joins: 'azaan:joins_timed:increase1h' },
    }),
  ],
};
