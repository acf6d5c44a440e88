import type { Machine } from '../measure/machine.js';
import type { Section, Table } from './results.js';

const NOTABLY_BUSY = 0.1;

/** Beside the report. */
export const CHART_FILE = 'results.svg';

const HEAD = [
  '# Benchmark results',
  'Written by `npm run bench`; run it to see the numbers of your own machine. Everything runs on one machine over ' +
    'loopback, load generator included.',
];

/**
 * The report with one section written, or put in place of its older self: scenarios are run one at a time.
 *
 * @param order titles of all sections; one of another title has no scenario any more, and goes
 */
export function mergeSection(report: string, section: Section, order: readonly string[]): string {
  const older = report.split(/^(?=## )/m).slice(1);
  const sections = new Map(older.map((text) => [/^## (.*)/.exec(text)?.[1] ?? '', text.trimEnd()]));
  sections.set(section.title, sectionToMarkdown(section).join('\n\n'));
  const texts = order.map((title) => sections.get(title)).filter((text) => text !== undefined);
  return `${[...HEAD, ...texts].join('\n\n')}\n`;
}

function sectionToMarkdown(section: Section): string[] {
  return [
    `## ${section.title}`,
    `\`${section.command}\` · ${section.measuredAt.slice(0, 10)} · ${machineToText(section.machine)}`,
    ...busyToText(section.busyBefore),
    ...(section.charts !== undefined ? [`![CPU of the relays on a logarithmic scale](${CHART_FILE})`] : []),
    ...section.tables.flatMap((table) => [`**${table.caption}**`, tableToMarkdown(table)]),
    ...(section.goals.length > 0 ? [goalsToMarkdown(section)] : []),
    ...(section.notes !== undefined ? [section.notes.map((note) => `- ${note}`).join('\n')] : []),
  ];
}

export function machineToText({ cores, cpu, memoryGiB, system, node }: Machine): string {
  return `${cores} cores of ${cpu}, ${memoryGiB} GiB, ${system}, Node ${node.replace(/^v/, '')}`;
}

/** A warning where other work took a share that shows in the figures. */
export function busyToText(busyBefore: number): string[] {
  if (busyBefore < NOTABLY_BUSY) return [];
  const share = Math.round(busyBefore * 100);
  return [`Other work kept ${share} % of the machine busy when this began: expect better figures on a quiet one.`];
}

function goalsToMarkdown({ goals }: Section): string {
  const rows = goals.map(({ goal, measured, met }) => [goal, measured, met ? '✓ met' : '✗ missed']);
  return tableToMarkdown({ caption: 'Goals', head: ['goal', 'measured', ''], rows });
}

export function tableToMarkdown({ head, rows }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const rule = `|${head.map((_, column) => (isNumeric(rows, column) ? ' ---: |' : ' --- |')).join('')}`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

/** Whether a column holds figures, which are set flush right. */
export function isNumeric(rows: Table['rows'], column: number): boolean {
  return rows.length > 0 && rows.every((row) => /^[\d–<]/.test(row[column] ?? ''));
}
