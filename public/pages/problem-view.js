import { i18n } from './i18n.js';
import { element, setAlert } from './page.js';

/** @typedef {import('../azaan-client.js').AzaanError} AzaanError */

/**
 * On the broadcaster page every reason has a title and a help text.
 * @type {Record<import('../azaan-client/azaan-error.js').AzaanErrorCode, string>}
 */
const TEXTS = {
  'microphone-denied': 'error.microphone-denied',
  'microphone-missing': 'error.microphone-missing',
  'microphone-busy': 'error.microphone-busy',
  'insecure-context': 'error.insecure-context',
  unauthorized: 'error.unauthorized',
  refused: 'error.refused',
  busy: 'error.busy',
  network: 'error.network',
  'connect-timeout': 'error.connection',
  'connection-lost': 'error.connection',
  'taken-over': 'error.taken-over',
};

/** @param {AzaanError} problem */
const broadcasterText = ({ code }) =>
  code === 'microphone-denied' && isIos() ? 'error.microphone-denied-ios' : TEXTS[code];

/** Says what went wrong and what to do about it. */
export class ProblemView {
  #box = element('div', 'problem');
  #title = element('strong', 'problem-title');
  #help = element('p', 'problem-help');
  #detail = element('p', 'problem-detail');
  /** @type {AzaanError | undefined} */
  #problem;

  /** @param {(problem: AzaanError) => string} keyOf of the texts: `.title` and `.help` */
  constructor(keyOf = broadcasterText) {
    this.keyOf = keyOf;
    i18n.addEventListener('change', () => this.#render());
  }

  /** @param {AzaanError} problem */
  show(problem) {
    this.#problem = problem;
    this.#render();
  }

  clear() {
    this.#problem = undefined;
    this.#render();
  }

  #render() {
    const problem = this.#problem;
    if (problem) {
      const key = this.keyOf(problem);
      this.#title.textContent = i18n.text(`${key}.title`);
      this.#help.textContent = i18n.text(`${key}.help`);
      this.#detail.textContent = problem.detail ?? '';
    }
    setAlert(this.#box, problem !== undefined);
  }
}

/** Every browser of an iPhone or iPad; the latter calls itself a Macintosh, which has no touch. */
function isIos() {
  return (
    /iPhone|iPad/.test(navigator.userAgent) || (/Macintosh/.test(navigator.userAgent) && navigator.maxTouchPoints > 1)
  );
}
