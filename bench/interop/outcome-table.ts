import { count, number } from '../report/format.js';
import type { Table } from '../report/results.js';
import type { Outcome } from './call.js';
import type { Heard } from './sound/tone-meter.js';

const HEAD = [
  'client',
  'version',
  'role',
  'suite',
  'media',
  'answer → connected, ms',
  'windows with the tone',
  'result',
];

/** One row for each call. */
export function outcomeTable(outcomes: readonly Outcome[], seconds: number): Table {
  return {
    caption: `1 kHz for ${seconds} s, decoded at the far end`,
    head: HEAD,
    rows: outcomes.map(toRow),
  };
}

function toRow({ client, version, role, negotiated, family, connectMs, heard, problem }: Outcome): string[] {
  return [
    client.title,
    version ?? '–',
    role,
    negotiated ?? '–',
    family,
    number(connectMs),
    heard === undefined ? '–' : toText(heard),
    problem === undefined ? '✓' : `✗ ${problem.replace(/\n[^]*/, '')}`,
  ];
}

function toText({ windows, withTone, frequencyHz, decibels }: Heard): string {
  return `${count(withTone)} of ${count(windows)}, ${frequencyHz ?? '–'} Hz, ${decibels.toFixed(0)} dB`;
}
