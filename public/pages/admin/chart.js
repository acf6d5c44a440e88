import { i18n } from '../i18n.js';
import { setText } from '../page.js';
import { curve, roundTop } from './curve.js';
import { clock } from './format.js';
import { make } from './nodes.js';

const WIDTH = 600;
const HEIGHT = 150;
/** A curve of a few seconds says nothing; it begins in a window that it has to fill. */
const SHORTEST_MS = 300_000;
const SVG = 'http://www.w3.org/2000/svg';

/** Draws a history as a staircase, with its scale and its times beside it. */
export class Chart {
  #line = svg('path', { class: 'line' });
  #area = svg('path', { class: 'area' });
  #top = make('span', 'chart-top');
  #from = make('span');
  #to = make('span');

  /** @param {HTMLElement} container */
  constructor(container) {
    const drawing = svg('svg', {
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      preserveAspectRatio: 'none',
      'aria-hidden': 'true',
    });
    const grid = svg('path', { class: 'grid', d: `M0 0H${WIDTH}M0 ${HEIGHT / 2}H${WIDTH}M0 ${HEIGHT}H${WIDTH}` });
    drawing.append(grid, this.#area, this.#line);
    container.append(this.#top, drawing, make('div', 'chart-times', this.#from, this.#to));
  }

  /**
   * @param {import('./history.js').History} history
   * @param {number} nowMs
   */
  show(history, nowMs) {
    const fromMs = Math.min(history.times[0] ?? nowMs, nowMs - SHORTEST_MS);
    const top = roundTop(history.most);
    const frame = { fromMs, toMs: nowMs, top, width: WIDTH, height: HEIGHT };
    const { line, area } = curve(history.times, history.values, frame);
    this.#line.setAttribute('d', line);
    this.#area.setAttribute('d', area);
    setText(this.#top, i18n.number(top));
    setText(this.#from, clock(fromMs));
    setText(this.#to, clock(nowMs));
  }
}

/**
 * @param {string} name
 * @param {Record<string, string>} attributes
 */
function svg(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value);
  return element;
}
