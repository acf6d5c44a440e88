import { busyToText, isNumeric, machineToText } from './markdown.js';
import type { Section, Table } from './results.js';

/** A section as plain text for a terminal. */
export function toTerminal(section: Section): string {
  return [
    `${section.title} · ${machineToText(section.machine)}`,
    ...busyToText(section.busyBefore),
    ...section.tables.map((table) => `${table.caption}\n${tableToText(table)}`),
    ...section.goals.map(({ goal, measured, met }) => `${met ? '✓' : '✗'} ${goal}: ${measured}`),
    ...(section.notes ?? []).map((note) => `· ${note}`),
  ].join('\n\n');
}

function tableToText({ head, rows }: Table): string {
  const lines = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...lines.map((cells) => (cells[column] ?? '').length)));
  const toLine = (cells: readonly string[]) =>
    cells
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return isNumeric(rows, column) ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  return [toLine(head), widths.map((width) => '─'.repeat(width)).join('  '), ...rows.map(toLine)].join('\n');
}
