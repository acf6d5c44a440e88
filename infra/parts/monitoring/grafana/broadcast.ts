import type { Dashboard } from './dashboard.ts';
import { graph, stat } from './panels.ts';

export const broadcast: Dashboard = {
  uid: 'azaan-broadcast',
  title: 'One broadcast',
  description: 'What comes in from one masjid.',
  masjidVariable: true,
  panels: [
    stat(8, 'On air', 'none', {
      description: 'Whether $masjid has a broadcast, heard or not: 1 is yes.',
      queries: { 'on air': 'count(azaan_broadcast_silent_seconds{masjid="$masjid"}) or vector(0)' },
    }),
    stat(8, 'Silent for', 's', {
      description:
        'Time since something was to be heard. Pauses of an azaan are shorter than 15 s; at 45 s there is an alert.',
      queries: { silent: 'max(azaan_broadcast_silent_seconds{masjid="$masjid"})' },
      thresholds: { warning: 15, critical: 45 },
    }),
    stat(8, 'Level', 'dB', {
      description: '0 is the loudest, -127 is silence. A voice at a good microphone is between -35 and -15.',
      queries: { level: 'max(azaan_broadcast_audio_level_dbov{masjid="$masjid"})' },
      thresholds: { warning: -45, critical: -60, lowIsBad: true },
    }),
    graph(24, 'Level', 'dB', {
      description:
        'As the broadcaster tells it in each packet; none where its browser does not tell. A flat line at -127 is a muted microphone.',
      min: -127,
      max: 0,
      queries: { '{{masjid}}': 'azaan_broadcast_audio_level_dbov{masjid="$masjid"}' },
    }),
    graph(24, 'Silence', 's', {
      description: 'Grows while nothing is to be heard, and falls to 0 with the next sound.',
      queries: { '{{masjid}}': 'azaan_broadcast_silent_seconds{masjid="$masjid"}' },
    }),
    graph(8, 'Listeners', 'short', {
      description: 'Who hears $masjid. A cliff within an azaan is a fault.',
      queries: { '{{masjid}}': 'azaan_broadcast_listeners{masjid="$masjid"}' },
    }),
    graph(8, 'Packets', 'pps', {
      description: 'What comes from the broadcaster: 16 to 17 a second. None: its network, or a phone that sleeps.',
      queries: { '{{masjid}}': 'azaan_broadcast_packets_per_second{masjid="$masjid"}' },
    }),
    graph(8, 'Loss', 'percentunit', {
      description: 'Share of the packets that were lost on the way from the masjid. Above 5 % listeners hear it.',
      queries: { '{{masjid}}': 'azaan_broadcast_loss_ratio{masjid="$masjid"}' },
    }),
  ],
};
