import { describe, expect, it } from 'vitest';
import { toSvg } from './chart.js';
import { count, number, numbers, percent } from './format.js';
import { mergeSection } from './markdown.js';
import type { Section } from './results.js';
import { toTerminal } from './terminal.js';

function section(title: string, extra: Partial<Section> = {}): Section {
  return {
    title,
    command: 'npm run bench',
    measuredAt: '2026-01-02T03:04:05.000Z',
    machine: { cores: 2, cpu: 'A CPU', memoryGiB: 8, system: 'Linux 6.1', node: 'v24.21.0' },
    busyBefore: 0.02,
    tables: [],
    goals: [],
    ...extra,
  };
}

const toMarkdown = (only: Section) => mergeSection('', only, [only.title]);

describe('mergeSection', () => {
  it('drops a section that no scenario writes any more', () => {
    const report = mergeSection('', section('gone'), ['gone']);
    expect(mergeSection(report, section('compare'), ['compare'])).not.toContain('gone');
  });

  it('replaces the older self and keeps the others, in the order of the scenarios', () => {
    const order = ['compare', 'thousand', 'churn'];
    const sections = [
      section('churn', { notes: ['A note.'] }),
      section('compare', { notes: ['Old.'] }),
      section('compare'),
    ];
    const report = sections.reduce((before, each) => mergeSection(before, each, order), '');
    expect(report.match(/^#.*|^- .*/gm)).toEqual(['# Benchmark results', '## compare', '## churn', '- A note.']);
    expect(mergeSection(report, section('compare'), order)).toBe(report);
  });
});

describe('format', () => {
  it('gives figures three digits that mean something', () => {
    expect([0, 0.204, 10.46, 188.4, 9635.2].map(number)).toEqual(['0', '0.20', '10.5', '188', '9,635']);
    expect(number(undefined)).toBe('–');
    expect(number(Infinity)).toBe('–');
    expect(numbers(1, undefined)).toBe('1.00 / –');
    expect(count(5000)).toBe('5,000');
  });

  it('never rounds a loss down to none', () => {
    expect([0, 0.001, 0.5].map(percent)).toEqual(['0', '< 0.01', '0.50']);
  });
});

describe('reports', () => {
  const table = { caption: 'Costs', head: ['relay', 'µs'], rows: [['ours | theirs', '10.5']] };
  const goal = { goal: 'Fast', measured: '2 ms', met: true };
  const full = section('Side by side', { tables: [table], goals: [goal, { ...goal, met: false }], notes: ['A note.'] });

  it('writes tables, goals and where they were measured as Markdown', () => {
    const markdown = toMarkdown(full);
    expect(markdown).toContain('| relay | µs |\n| --- | ---: |\n| ours \\| theirs | 10.5 |');
    expect(markdown).toContain('| Fast | 2 ms | ✓ met |\n| Fast | 2 ms | ✗ missed |');
    expect(markdown).toContain('`npm run bench` · 2026-01-02 · 2 cores of A CPU, 8 GiB, Linux 6.1, Node 24.21.0');
  });

  it('says so when other work took part of the machine', () => {
    expect(toMarkdown(full)).not.toContain('Other work');
    const busy = { ...full, busyBefore: 0.456 };
    expect(toMarkdown(busy)).toContain('Other work kept 46 % of the machine busy');
    expect(toTerminal(busy)).toContain('Other work kept 46 %');
  });

  it('shows the chart only when there is one', () => {
    const charts = [{ title: 'CPU', bars: [{ label: 'ours', value: 10, kind: 'product' as const }] }];
    expect(toMarkdown(full)).not.toContain('results.svg');
    expect(toMarkdown(section('Side by side', { charts }))).toContain('(results.svg)');
  });

  it('lines up the columns in a terminal', () => {
    expect(toTerminal(full)).toContain('relay            µs\n─────────────  ────\nours | theirs  10.5');
  });
});

describe('toSvg', () => {
  const svg = toSvg('Cost', [
    {
      title: 'CPU <µs>',
      bars: [
        { label: 'baseline', value: 100, kind: 'baseline' },
        { label: 'ours', value: 10, kind: 'product' },
        { label: 'limit', value: 1, kind: 'limit' },
      ],
    },
  ]);
  const widthOf = (kind: string) => Number(new RegExp(`class="${kind}"[^>]* width="([\\d.]+)"`).exec(svg)?.[1]);

  it('draws decades equally long', () => {
    expect(widthOf('baseline') - widthOf('product')).toBeCloseTo(widthOf('product') - widthOf('limit'), 0);
  });

  it('leaves a bar to see where a value is a whole decade', () => {
    expect(widthOf('limit')).toBeGreaterThan(0);
  });

  it('describes itself to those who do not see it, escaped', () => {
    expect(svg).toContain('CPU &lt;µs&gt;: baseline 100; ours 10.0; limit 1.00');
    expect(svg).not.toContain('<µs>');
  });
});
