import { i18n } from './i18n.js';
import { setAlert } from './page.js';

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
  /** @type {AzaanError | undefined} */
  #problem;

  /**
   * @param {{ box: HTMLElement, title: HTMLElement, help: HTMLElement, detail: HTMLElement }} elements
   * @param {(problem: AzaanError) => string} keyOf of the texts: `.title` and `.help`
   */
  constructor(elements, keyOf = broadcasterText) {
    this.elements = elements;
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
    const { box, title, help, detail } = this.elements;
    const problem = this.#problem;
    if (problem) {
      const key = this.keyOf(problem);
      title.textContent = i18n.text(`${key}.title`);
      help.textContent = i18n.text(`${key}.help`);
      detail.textContent = problem.detail ?? '';
    }
    setAlert(box, problem !== undefined);
  }
}

/** Every browser of an iPhone or iPad; the latter calls itself a Macintosh, which has no touch. */
function isIos() {
  return (
    /iPhone|iPad/.test(navigator.userAgent) || (/Macintosh/.test(navigator.userAgent) && navigator.maxTouchPoints > 1)
  );
}
