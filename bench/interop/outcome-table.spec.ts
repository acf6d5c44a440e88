import { describe, expect, it } from 'vitest';
import { tableToMarkdown } from '../report/markdown.js';
import { pion } from './clients/pion.js';
import { outcomeTable } from './outcome-table.js';

const HEARD = { windows: 400, withTone: 400, longestPauseMs: 200, decibels: -15.05, frequencyHz: 1_000 };
const MET = {
  client: pion,
  role: 'listener',
  suite: 'AEAD_AES_128_GCM',
  family: 'IPv6',
  version: '3.1.56',
  negotiated: 'AEAD_AES_128_GCM',
  connectMs: 17.4,
  heard: HEARD,
  problem: undefined,
} as const;

const lastRow = (...outcomes: Parameters<typeof outcomeTable>[0]) =>
  tableToMarkdown(outcomeTable(outcomes, 40)).split('\n').at(-1);

describe('outcomeTable', () => {
  it('has a row for each call', () => {
    expect(lastRow(MET)).toBe(
      '| Pion | 3.1.56 | listener | AEAD_AES_128_GCM | IPv6 | 17.4 | 400 of 400, 1000 Hz, -15 dB | ✓ |',
    );
  });

  it('says what is wrong, and what is not known', () => {
    const unknown = { version: undefined, negotiated: undefined, connectMs: undefined, heard: undefined };
    const problem = 'not installed: apt-get install golang-go\nand more words';
    expect(lastRow({ ...MET, ...unknown, problem })).toBe(
      '| Pion | – | listener | – | IPv6 | – | – | ✗ not installed: apt-get install golang-go |',
    );
  });
});
