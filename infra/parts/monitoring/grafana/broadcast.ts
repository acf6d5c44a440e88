import type { Dashboard } from './dashboard.ts';
import { graph, stat } from './panels.ts';

export const broadcast: Dashboard = {
  uid: 'azaan-broadcast',
  title: 'One broadcast',
  description: 'What comes in from one masjid.',
  masjidVariable: true,
  rows: [
    [
      stat(8, {
        title: 'On air',
        description: 'Whether $masjid has a broadcast, heard or not: 1 is yes.',
        unit: 'none',
        queries: [{ expr: 'count(azaan_broadcast_silent_seconds{masjid="$masjid"}) or vector(0)', legend: 'on air' }],
      }),
      stat(8, {
        title: 'Silent for',
        description:
          'Time since something was to be heard. Pauses of an azaan are shorter than 15 s; at 45 s there is an alert.',
        unit: 's',
        queries: [{ expr: 'max(azaan_broadcast_silent_seconds{masjid="$masjid"})', legend: 'silent' }],
        thresholds: { warning: 15, critical: 45 },
      }),
      stat(8, {
        title: 'Level',
        description: '0 is the loudest, -127 is silence. A voice at a good microphone is between -35 and -15.',
        unit: 'dB',
        queries: [{ expr: 'max(azaan_broadcast_audio_level_dbov{masjid="$masjid"})', legend: 'level' }],
        thresholds: { warning: -45, critical: -60, lowIsBad: true },
      }),
    ],
    [
      graph(24, {
        title: 'Level',
        description:
          'As the broadcaster tells it in each packet; none where its browser does not tell. A flat line at -127 is a muted microphone.',
        unit: 'dB',
        min: -127,
        max: 0,
        queries: [{ expr: 'azaan_broadcast_audio_level_dbov{masjid="$masjid"}', legend: '{{masjid}}' }],
      }),
    ],
    [
      graph(24, {
        title: 'Silence',
        description: 'Grows while nothing is to be heard, and falls to 0 with the next sound.',
        unit: 's',
        min: 0,
        queries: [{ expr: 'azaan_broadcast_silent_seconds{masjid="$masjid"}', legend: '{{masjid}}' }],
      }),
    ],
    [
      graph(8, {
        title: 'Listeners',
        description: 'Who hears $masjid. A cliff within an azaan is a fault.',
        unit: 'short',
        min: 0,
        queries: [{ expr: 'azaan_broadcast_listeners{masjid="$masjid"}', legend: '{{masjid}}' }],
      }),
      graph(8, {
        title: 'Packets',
        description: 'What comes from the broadcaster: 16 to 17 a second. None: its network, or a phone that sleeps.',
        unit: 'pps',
        min: 0,
        queries: [{ expr: 'azaan_broadcast_packets_per_second{masjid="$masjid"}', legend: '{{masjid}}' }],
      }),
      graph(8, {
        title: 'Loss',
        description: 'Share of the packets that were lost on the way from the masjid. Above 5 % listeners hear it.',
        unit: 'percentunit',
        min: 0,
        queries: [{ expr: 'azaan_broadcast_loss_ratio{masjid="$masjid"}', legend: '{{masjid}}' }],
      }),
    ],
  ],
};
