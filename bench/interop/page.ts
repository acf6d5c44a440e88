import { describeMachine } from '../measure/machine.js';
import { machineToText, tableToMarkdown } from '../report/markdown.js';
import type { Table } from '../report/results.js';

const NOTES = [
  'Each client makes the offer, as apps do. At the far end of each call is libwebrtc, which encodes or decodes.',
  'A row is met (✓) when four of five windows of 100 ms hold the tone and nothing much beside it, and no 3 s pass without it. ' +
    'The level is the root mean square, in dB below full scale.',
  'libdatachannel, werift and Pion bring no encoder: they send a second of the tone that libwebrtc encoded. They bring no ' +
    'decoder either: what they receive goes, over a second connection without the relay, to a libwebrtc peer.',
  'What pages hear is recorded for 400 ms at a time and decoded again, of which 200 ms count: Firefox runs no audio graph ' +
    'without a sound card.',
  'aiortc decodes frames of 20 ms alone, so its broadcaster keeps to them; the others hear the 60 ms that the relay asks for.',
  'Pion offers one suite at a time, GCM or CM, and the others what they like; libdatachannel does not tell which it took, and ' +
    'sends no RTCP. Where media is IPv6, the relay has no other address.',
  'Time to connected is told by the client; of libdatachannel and werift it may be 5 ms too long, since they are asked.',
];

/** The page that `--report` writes. */
export function interopPage(table: Table, args: readonly string[]): string {
  const command = ['npm run interop', ...(args.length > 0 ? ['--', ...args] : [])].join(' ');
  const paragraphs = [
    '# Other people’s WebRTC',
    'Written by `npm run interop`: every client broadcasts once and listens once, in a network namespace on one machine. `-- --install` brings the clients, as root.',
    `\`${command}\` · ${new Date().toISOString().slice(0, 10)} · ${machineToText(describeMachine())}`,
    `**${table.caption}**`,
    tableToMarkdown(table),
    NOTES.map((note) => `- ${note}`).join('\n'),
  ];
  return `${paragraphs.join('\n\n')}\n`;
}
