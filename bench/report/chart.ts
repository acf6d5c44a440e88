import { number } from './format.js';
import type { Bar, BarGroup } from './results.js';

/** Geometry in SVG user units. */
const WIDTH = 760;
const LEFT = 220;
const RIGHT = 80;
const BAR_HEIGHT = 26;
const BAR_GAP = 10;
const GROUP_HEAD = 46;
const AXIS_HEIGHT = 30;
const TITLE_HEIGHT = 34;

const STYLE = `
  svg { color-scheme: light dark; --ink: #1f2933; --soft: #5f6c7b; --grid: #d9dee4;
        --product: #0b7a5c; --baseline: #b4552d; --limit: #7b8794; }
  @media (prefers-color-scheme: dark) {
    svg { --ink: #e8ecf0; --soft: #a3afbb; --grid: #38424d; --product: #34c398; --baseline: #e8875b; --limit: #8f9caa; }
  }
  text { font: 13px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: var(--ink); }
  .title { font-size: 16px; font-weight: 600; }
  .group { font-weight: 600; }
  .value { font-weight: 600; font-variant-numeric: tabular-nums; }
  .tick { font-size: 11px; fill: var(--soft); text-anchor: middle; }
  .label { text-anchor: end; }
  .grid { stroke: var(--grid); stroke-width: 1; }
  .product { fill: var(--product); } .baseline { fill: var(--baseline); } .limit { fill: var(--limit); }`;

/** Groups of horizontal bars, each group on a logarithmic axis of whole decades; readable on light and dark pages. */
export function toSvg(title: string, groups: readonly BarGroup[]): string {
  let top = TITLE_HEIGHT;
  const parts: string[] = [];
  for (const group of groups) {
    const height = GROUP_HEAD + group.bars.length * (BAR_HEIGHT + BAR_GAP) + AXIS_HEIGHT;
    parts.push(`<g transform="translate(0 ${top})">`, ...drawGroup(group), '</g>');
    top += height;
  }
  const described = groups.map((g) => `${g.title}: ${g.bars.map((b) => `${b.label} ${number(b.value)}`).join('; ')}`);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${top}" width="${WIDTH}" height="${top}" role="img" aria-labelledby="title description">`,
    `<title id="title">${escape(title)}</title>`,
    `<desc id="description">${escape(described.join('. '))}</desc>`,
    `<style>${STYLE}\n</style>`,
    `<text class="title" x="0" y="18">${escape(title)}</text>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

function drawGroup({ title, bars }: BarGroup): string[] {
  const values = bars.map((bar) => bar.value);
  // The axis begins far enough below the shortest bar for it to be seen.
  const low = Math.ceil(Math.log10(Math.min(...values) / 1.5)) - 1;
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))));
  const toX = (value: number) => LEFT + ((Math.log10(value) - low) / (high - low)) * (WIDTH - LEFT - RIGHT);
  const bottom = GROUP_HEAD + bars.length * (BAR_HEIGHT + BAR_GAP) - BAR_GAP / 2;
  const decades = Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i));
  return [
    `<text class="group" x="0" y="26">${escape(title)}</text>`,
    ...decades.map((value) => {
      const x = round(toX(value));
      return (
        `<line class="grid" x1="${x}" x2="${x}" y1="${GROUP_HEAD - 6}" y2="${bottom}"/>` +
        `<text class="tick" x="${x}" y="${bottom + 15}">${value.toLocaleString('en-US')}</text>`
      );
    }),
    ...bars.map((bar, index) => drawBar(bar, GROUP_HEAD + index * (BAR_HEIGHT + BAR_GAP), toX)),
  ];
}

function drawBar({ label, value, kind }: Bar, y: number, toX: (value: number) => number): string {
  const end = round(toX(value));
  const baseline = y + BAR_HEIGHT / 2 + 4.5;
  return (
    `<text class="label" x="${LEFT - 10}" y="${baseline}">${escape(label)}</text>` +
    `<rect class="${kind}" x="${LEFT}" y="${y}" width="${round(end - LEFT)}" height="${BAR_HEIGHT}" rx="3"/>` +
    `<text class="value" x="${round(end + 8)}" y="${baseline}">${number(value)}</text>`
  );
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
