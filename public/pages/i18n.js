import { option } from './page.js';
import { recall, remember } from './storage.js';

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;

/**
 * @typedef {object} Language
 * @property {string} code BCP 47, and the name of the file in `/i18n/`
 * @property {string} name in the language itself
 * @property {'ltr' | 'rtl'} direction
 */

/** @type {readonly Language[]} */
export const LANGUAGES = [
  { code: 'en', name: 'English', direction: 'ltr' },
  { code: 'ur', name: 'اردو', direction: 'rtl' },
  { code: 'hi', name: 'हिन्दी', direction: 'ltr' },
  { code: 'ar', name: 'العربية', direction: 'rtl' },
];

const ENGLISH = /** @type {Language} */ (LANGUAGES[0]);

/** Attributes that hold words, with where their keys stand in the HTML. */
const TRANSLATED_ATTRIBUTES = { 'aria-label': 'data-i18n-label' };

/** The texts of the page in one language; sends `change` when another one is chosen. */
class Translations extends EventTarget {
  language = ENGLISH;
  /** @type {Record<string, string>} */
  #texts = {};

  /**
   * Chooses a language as the address, the last choice or the browser ask, and translates the page. A page is nothing without
   * its texts, so they are asked for until they come.
   */
  async start() {
    const asked = [new URLSearchParams(location.search).get('lang'), recall('language'), ...navigator.languages];
    const language = findLanguage(asked);
    for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2)) {
      try {
        return await this.use(language);
      } catch {
        await new Promise((resolve) => setTimeout(resolve, waitMs * (0.5 + Math.random())));
      }
    }
  }

  /**
   * @param {Language} language
   * @throws when its texts do not come; all stays as it was
   */
  async use(language) {
    const response = await fetch(`/i18n/${language.code}.json`);
    if (!response.ok) throw new Error(`No texts for ${language.code}.`);
    this.#texts = await response.json();
    this.language = language;
    document.documentElement.lang = language.code;
    document.documentElement.dir = language.direction;
    this.#translatePage();
    this.dispatchEvent(new Event('change'));
  }

  /**
   * @param {string} key
   * @param {Record<string, string>} [values] for the `{name}` places of the text
   */
  text(key, values = {}) {
    const text = this.#texts[key] ?? key;
    return text.replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place);
  }

  /**
   * @param {number} value
   * @param {Intl.NumberFormatOptions} [options]
   */
  number(value, options) {
    return new Intl.NumberFormat(this.language.code, options).format(value);
  }

  #translatePage() {
    for (const node of document.querySelectorAll('[data-i18n]')) {
      node.textContent = this.text(node.getAttribute('data-i18n') ?? '');
    }
    for (const [attribute, holder] of Object.entries(TRANSLATED_ATTRIBUTES)) {
      for (const node of document.querySelectorAll(`[${holder}]`)) {
        node.setAttribute(attribute, this.text(node.getAttribute(holder) ?? ''));
      }
    }
  }
}

export const i18n = new Translations();

/**
 * Fills the language picker and follows it.
 *
 * @param {HTMLSelectElement} picker
 */
export function setUpLanguagePicker(picker) {
  for (const { code, name } of LANGUAGES) {
    picker.add(Object.assign(option(name, code), { lang: code }));
  }
  picker.value = i18n.language.code;
  picker.addEventListener('change', () => {
    const language = findLanguage([picker.value]);
    remember('language', language.code);
    i18n.use(language).catch(() => (picker.value = i18n.language.code));
  });
}

/**
 * The first language asked for that there is, English otherwise.
 *
 * @param {(string | null | undefined)[]} asked BCP 47 tags, best first
 * @returns {Language}
 */
function findLanguage(asked) {
  for (const tag of asked) {
    const base = tag?.toLowerCase().split('-')[0];
    const language = LANGUAGES.find(({ code }) => code === base);
    if (language) return language;
  }
  return ENGLISH;
}
