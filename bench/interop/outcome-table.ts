import { count, number } from '../report/format.js';
import type { Table } from '../report/results.js';
import type { Outcome } from './call.js';

const HEAD = ['client', 'version', 'role', 'suite', 'media', 'answer → connected, ms', 'tone heard', 'result'];

/** One row for each call. */
export function outcomeTable(outcomes: readonly Outcome[], seconds: number): Table {
  return {
    caption: `1 kHz for ${seconds} s, decoded at the far end`,
    head: HEAD,
    rows: outcomes.map((outcome) => toRow(outcome, seconds)),
  };
}

function toRow(
  { client, version, role, negotiated, family, connectMs, heard, problem }: Outcome,
  seconds: number,
): string[] {
  return [
    client.title,
    version ?? '–',
    role,
    negotiated ?? '–',
    family,
    number(connectMs),
    heard === undefined
      ? '–'
      : `${count(Math.min(heard.seconds, seconds))} s, ${heard.frequencyHz ?? '–'} Hz, ${heard.decibels.toFixed(0)} dB`,
    problem === undefined ? '✓' : `✗ ${problem.replace(/\n[^]*/, '')}`,
  ];
}
