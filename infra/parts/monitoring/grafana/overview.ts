import type { Dashboard } from './dashboard.ts';
import { graph, stat } from './panels.ts';

const firstSound = (quantile: number): string =>
  `histogram_quantile(${quantile}, sum by (le) (rate(azaan_join_duration_seconds_bucket{stage="first_packet"}[5m])))`;

export const overview: Dashboard = {
  uid: 'azaan-overview',
  title: 'Relay overview',
  description: 'Is the azaan out, who hears it, and is anything wrong?',
  panels: [
    stat(4, 'Ready', 'none', {
      description:
        'Whether the relay can take broadcasts and listeners: 1 is yes. See /readyz for the part that is down.',
      queries: { ready: 'min(probe_success{job="readyz"})' },
      thresholds: { warning: 1, critical: 1, lowIsBad: true },
    }),
    stat(4, 'On air', 'short', {
      description: 'Broadcasts whose sound comes in now.',
      queries: { live: 'sum(azaan_broadcasts{state="live"})' },
    }),
    stat(4, 'Listeners', 'short', {
      description: 'Listeners of all broadcasts.',
      queries: { listeners: 'sum(azaan_listeners_active)' },
    }),
    stat(4, 'On, but silent', 'short', {
      description: 'Broadcasts from which nothing was heard for 45 s. Call the masjid.',
      queries: { silent: 'count(azaan_broadcast_silent_seconds > 45) or vector(0)' },
      thresholds: { warning: 1, critical: 1 },
    }),
    stat(4, 'Joins refused', 'percentunit', {
      description: 'Share of the joins of the last 5 minutes. Asking for a broadcast that is not on does not count.',
      queries: { refused: 'max(azaan:join_failures:ratio5m)' },
      thresholds: { warning: 0.01, critical: 0.05 },
    }),
    stat(4, 'Alerts', 'short', {
      description: 'Alerts that fire now, the watchdog aside.',
      queries: { firing: 'count(ALERTS{alertstate="firing",alertname!="Watchdog"}) or vector(0)' },
      thresholds: { warning: 1, critical: 3 },
    }),
    graph(12, 'Listeners', 'short', {
      description: 'Listeners of all broadcasts. Five hills a day; a cliff within one is a fault.',
      queries: { listeners: 'sum(azaan_listeners_active)' },
    }),
    graph(12, 'Broadcasts by state', 'short', {
      description:
        'connecting: no sound yet. interrupted: the broadcaster is away, its listeners are kept for a while.',
      stacked: true,
      queries: { '{{state}}': 'sum by (state) (azaan_broadcasts)' },
    }),
    graph(12, 'Joins by result', 'ops', {
      description:
        'Joins a second. no_broadcast is left out: that is how apps wait. address_limit is one client that opens too many.',
      stacked: true,
      queries: {
        '{{result}}': 'sum by (result) (rate(azaan_joins_total{result!="no_broadcast"}[$__rate_interval]))',
      },
    }),
    graph(12, 'Time to the first sound', 's', {
      description: 'From the offer to the first packet sent. The objective: 99 % within 2 s.',
      queries: { p50: firstSound(0.5), p95: firstSound(0.95), p99: firstSound(0.99) },
    }),
    graph(12, 'Listeners who went, by reason', 'ops', {
      description:
        'left is their own choice. connect_timeout: never connected. no_direct_path: came again through TURN. silent and failed: lost their network. worker_lost: a fault of ours.',
      stacked: true,
      queries: {
        '{{reason}}': 'sum by (reason) (rate(azaan_peer_disconnects_total{role="listener"}[$__rate_interval]))',
      },
    }),
    graph(12, 'Packets', 'pps', {
      description: 'RTP packets a second. A broadcaster sends 16 to 17; out is in times listeners.',
      queries: {
        '{{direction}}': 'sum by (direction) (rate(azaan_rtp_packets_total[$__rate_interval]))',
        'dropped: {{reason}}': 'sum by (reason) (rate(azaan_rtp_dropped_total[$__rate_interval])) > 0',
      },
    }),
    graph(12, 'Listeners refused at the door', 'ops', {
      description:
        'Calls of listeners a second that were refused before the relay looked at them, by code: keys, rates, bans, broken calls.',
      stacked: true,
      queries: {
        '{{code}}': 'sum by (code) (rate(azaan_http_refusals_total{route="/consumer"}[$__rate_interval])) > 0',
      },
    }),
    graph(12, 'Broadcasts refused', 'short', {
      description:
        'Refused within 5 minutes, by code. Each is a masjid that is not on air, or somebody who tries things.',
      stacked: true,
      queries: {
        '{{code}}': 'sum by (code) (round(increase(azaan_http_refusals_total{route="/broadcast"}[5m]))) > 0',
      },
    }),
    graph(12, 'Lines that the log dropped, and packets that could not be sent', 'ops', {
      description:
        'Both are 0 while all is well. Lines: whatever reads the log is too slow. Packets: the kernel did not take them.',
      queries: {
        lines: 'rate(azaan_log_lines_dropped_total[$__rate_interval])',
        packets: 'rate(azaan_rtp_send_failures_total[$__rate_interval])',
      },
    }),
    graph(12, 'Credentials that TURN refused', 'ops', {
      description:
        'A few are credentials that ran out. Many, for minutes: relay and coturn do not share a secret, or somebody guesses.',
      queries: { refused: 'rate(azaan_turn_auth_failures_total[5m])' },
    }),
  ],
};
