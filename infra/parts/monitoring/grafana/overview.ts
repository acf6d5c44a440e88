import type { Dashboard } from './dashboard.ts';
import { graph, stat } from './panels.ts';

export const overview: Dashboard = {
  uid: 'azaan-overview',
  title: 'Relay overview',
  description: 'Is the azaan out, who hears it, and is anything wrong?',
  rows: [
    [
      stat(4, {
        title: 'Ready',
        description:
          'Whether the relay can take broadcasts and listeners: 1 is yes. See /readyz for the part that is down.',
        unit: 'none',
        queries: [{ expr: 'min(probe_success{job="readyz"})', legend: 'ready' }],
        thresholds: { warning: 1, critical: 1, lowIsBad: true },
      }),
      stat(4, {
        title: 'On air',
        description: 'Broadcasts whose sound comes in now.',
        unit: 'short',
        queries: [{ expr: 'sum(azaan_broadcasts{state="live"})', legend: 'live' }],
      }),
      stat(4, {
        title: 'Listeners',
        description: 'Listeners of all broadcasts.',
        unit: 'short',
        queries: [{ expr: 'sum(azaan_listeners_active)', legend: 'listeners' }],
      }),
      stat(4, {
        title: 'On, but silent',
        description: 'Broadcasts from which nothing was heard for 45 s. Call the masjid.',
        unit: 'short',
        queries: [{ expr: 'count(azaan_broadcast_silent_seconds > 45) or vector(0)', legend: 'silent' }],
        thresholds: { warning: 1, critical: 1 },
      }),
      stat(4, {
        title: 'Joins refused',
        description: 'Share of the joins of the last 5 minutes. Asking for a broadcast that is not on does not count.',
        unit: 'percentunit',
        queries: [{ expr: 'max(azaan:join_failures:ratio5m)', legend: 'refused' }],
        thresholds: { warning: 0.01, critical: 0.05 },
      }),
      stat(4, {
        title: 'Alerts',
        description: 'Alerts that fire now, the watchdog aside.',
        unit: 'short',
        queries: [{ expr: 'count(ALERTS{alertstate="firing",alertname!="Watchdog"}) or vector(0)', legend: 'firing' }],
        thresholds: { warning: 1, critical: 3 },
      }),
    ],
    [
      graph(12, {
        title: 'Listeners',
        description: 'Listeners of all broadcasts. Five hills a day; a cliff within one is a fault.',
        unit: 'short',
        min: 0,
        queries: [{ expr: 'sum(azaan_listeners_active)', legend: 'listeners' }],
      }),
      graph(12, {
        title: 'Broadcasts by state',
        description:
          'connecting: no sound yet. interrupted: the broadcaster is away, its listeners are kept for a while.',
        unit: 'short',
        min: 0,
        stacked: true,
        queries: [{ expr: 'sum by (state) (azaan_broadcasts)', legend: '{{state}}' }],
      }),
    ],
    [
      graph(12, {
        title: 'Joins by result',
        description:
          'Joins a second. no_broadcast is left out: that is how apps wait. address_limit is one client that opens too many.',
        unit: 'ops',
        min: 0,
        stacked: true,
        queries: [
          {
            expr: 'sum by (result) (rate(azaan_joins_total{result!="no_broadcast"}[$__rate_interval]))',
            legend: '{{result}}',
          },
        ],
      }),
      graph(12, {
        title: 'Time to the first sound',
        description: 'From the offer to the first packet sent. The objective: 99 % within 2 s.',
        unit: 's',
        min: 0,
        queries: [0.5, 0.95, 0.99].map((quantile) => ({
          expr: `histogram_quantile(${quantile}, sum by (le) (rate(azaan_join_duration_seconds_bucket{stage="first_packet"}[5m])))`,
          legend: `p${quantile * 100}`,
        })),
      }),
    ],
    [
      graph(12, {
        title: 'Listeners who went, by reason',
        description:
          'left is their own choice. connect_timeout: never connected. no_direct_path: came again through TURN. silent and failed: lost their network. worker_lost: a fault of ours.',
        unit: 'ops',
        min: 0,
        stacked: true,
        queries: [
          {
            expr: 'sum by (reason) (rate(azaan_peer_disconnects_total{role="listener"}[$__rate_interval]))',
            legend: '{{reason}}',
          },
        ],
      }),
      graph(12, {
        title: 'Packets',
        description: 'RTP packets a second. A broadcaster sends 16 to 17; out is in times listeners.',
        unit: 'pps',
        min: 0,
        queries: [
          { expr: 'sum by (direction) (rate(azaan_rtp_packets_total[$__rate_interval]))', legend: '{{direction}}' },
          {
            expr: 'sum by (reason) (rate(azaan_rtp_dropped_total[$__rate_interval])) > 0',
            legend: 'dropped: {{reason}}',
          },
        ],
      }),
    ],
    [
      graph(12, {
        title: 'Listeners refused at the door',
        description:
          'Calls of listeners a second that were refused before the relay looked at them, by code: keys, rates, bans, broken calls.',
        unit: 'ops',
        min: 0,
        stacked: true,
        queries: [
          {
            expr: 'sum by (code) (rate(azaan_http_refusals_total{route="/consumer"}[$__rate_interval])) > 0',
            legend: '{{code}}',
          },
        ],
      }),
      graph(12, {
        title: 'Broadcasts refused',
        description:
          'Refused within 5 minutes, by code. Each is a masjid that is not on air, or somebody who tries things.',
        unit: 'short',
        min: 0,
        stacked: true,
        queries: [
          {
            expr: 'sum by (code) (round(increase(azaan_http_refusals_total{route="/broadcast"}[5m]))) > 0',
            legend: '{{code}}',
          },
        ],
      }),
    ],
    [
      graph(12, {
        title: 'Lines that the log dropped, and packets that could not be sent',
        description:
          'Both are 0 while all is well. Lines: whatever reads the log is too slow. Packets: the kernel did not take them.',
        unit: 'ops',
        min: 0,
        queries: [
          { expr: 'rate(azaan_log_lines_dropped_total[$__rate_interval])', legend: 'lines' },
          { expr: 'rate(azaan_rtp_send_failures_total[$__rate_interval])', legend: 'packets' },
        ],
      }),
      graph(12, {
        title: 'Credentials that TURN refused',
        description:
          'A few are credentials that ran out. Many, for minutes: relay and coturn do not share a secret, or somebody guesses.',
        unit: 'ops',
        min: 0,
        queries: [{ expr: 'rate(azaan_turn_auth_failures_total[5m])', legend: 'refused' }],
      }),
    ],
  ],
};
