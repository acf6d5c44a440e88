import { i18n } from './i18n.js';
import { setText } from './page.js';

/** Shows how long something has lasted, as mm:ss or h:mm:ss, while it runs. */
export class Stopwatch {
  /** @type {number | undefined} */
  #startedAt;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;

  /**
   * @param {HTMLElement} container hidden while nothing is counted
   * @param {HTMLElement} display
   */
  constructor(container, display) {
    this.container = container;
    this.display = display;
    i18n.addEventListener('change', () => this.#show());
  }

  /** Goes on when it runs already. */
  start() {
    if (this.#startedAt !== undefined) return;
    this.#startedAt = performance.now();
    this.#timer = setInterval(() => this.#show(), 1_000);
    this.#show();
  }

  reset() {
    clearInterval(this.#timer);
    this.#startedAt = undefined;
    this.#show();
  }

  #show() {
    this.container.hidden = this.#startedAt === undefined;
    if (this.#startedAt === undefined) return;
    setText(this.display, duration(Math.floor((performance.now() - this.#startedAt) / 1_000)));
  }
}

/** @param {number} totalSeconds */
function duration(totalSeconds) {
  const hours = Math.floor(totalSeconds / 3_600);
  const two = { minimumIntegerDigits: 2, useGrouping: false };
  const parts = [i18n.number(Math.floor(totalSeconds / 60) % 60, two), i18n.number(totalSeconds % 60, two)];
  if (hours > 0) parts.unshift(i18n.number(hours));
  return parts.join(':');
}
