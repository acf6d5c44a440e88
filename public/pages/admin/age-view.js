import { i18n } from '../i18n.js';
import { setText } from '../page.js';

/** Three readings that did not come. */
const OLD_AFTER_SECONDS = 10;
const TICK_MS = 1_000;

/** Says how old the figures are, every second. */
export class AgeView {
  /** @type {number | undefined} */
  #readAtMs;

  /** @param {HTMLElement} display */
  constructor(display) {
    this.display = display;
    setInterval(() => this.#show(), TICK_MS);
    i18n.addEventListener('change', () => this.#show());
  }

  /** The figures are of this moment. */
  reset() {
    this.#readAtMs = performance.now();
    this.#show();
  }

  #show() {
    if (this.#readAtMs === undefined) return;
    const seconds = Math.floor((performance.now() - this.#readAtMs) / 1_000);
    const age = new Intl.RelativeTimeFormat(i18n.language.code, { numeric: 'auto' }).format(-seconds, 'second');
    setText(this.display, i18n.text('admin.updated', { age }));
    this.display.classList.toggle('old', seconds >= OLD_AFTER_SECONDS);
  }
}
