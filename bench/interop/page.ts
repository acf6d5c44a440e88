import { describeMachine } from '../measure/machine.js';
import { machineToText, tableToMarkdown } from '../report/markdown.js';
import type { Table } from '../report/results.js';

const NOTES = [
  'Each client makes the offer, as apps do. At the far end of each call is libwebrtc, encoding or decoding.',
  'A row is met when 95 of 100 windows of 100 ms hold the tone and nothing much beside it, and no second is without it. ' +
    'The level is the root mean square below full scale.',
  'libdatachannel, werift and Pion bring no encoder: they send a second of the tone that libwebrtc encoded. They bring no ' +
    'decoder either: what they receive is handed, over a second connection without the relay, to a libwebrtc peer.',
  'aiortc decodes 20 ms frames alone, so its broadcaster keeps to them; the others are sent the 60 ms that the relay asks for.',
  'Pion is told to offer one suite, GCM or CM; libdatachannel does not tell which it took. Over IPv6, the relay has no other address.',
  'Up to 5 ms of libdatachannel’s and werift’s time to connected is the question how far it is.',
];

/** The page that `--report` writes. */
export function interopPage(table: Table, args: readonly string[]): string {
  const command = ['npm run interop', ...(args.length > 0 ? ['--', ...args] : [])].join(' ');
  const paragraphs = [
    '# Other people’s WebRTC',
    'Written by `npm run interop`: every client broadcasts once and listens once, in a network namespace on one machine.',
    `\`${command}\` · ${new Date().toISOString().slice(0, 10)} · ${machineToText(describeMachine())}`,
    `**${table.caption}**`,
    tableToMarkdown(table),
    NOTES.map((note) => `- ${note}`).join('\n'),
  ];
  return `${paragraphs.join('\n\n')}\n`;
}
