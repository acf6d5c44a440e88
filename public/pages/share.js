import { i18n } from './i18n.js';
import { element } from './page.js';

const CONFIRMATION_MS = 4_000;

/** The link that listeners open, to copy or to send. */
export class ShareBox {
  #link = element('input', 'share-link');
  #status = element('p', 'share-status');
  #send = element('button', 'share-send');
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #confirmation;

  constructor() {
    this.#send.hidden = !('share' in navigator);
    this.#send.addEventListener('click', () => this.#share());
    this.#link.addEventListener('focus', () => this.#link.select());
    element('button', 'share-copy').addEventListener('click', () => this.#copy());
  }

  /** @param {string} masjid */
  show(masjid) {
    const url = new URL('/', location.href);
    url.searchParams.set('masjid', masjid);
    this.#link.value = url.href;
  }

  #share() {
    // Rejects when the user changes their mind.
    navigator.share({ title: i18n.text('listener.title'), url: this.#link.value }).catch(() => {});
  }

  async #copy() {
    try {
      await navigator.clipboard.writeText(this.#link.value);
    } catch {
      // Not on https, or not allowed: the text stays selected for the keyboard or the long press.
      this.#link.focus();
      return;
    }
    clearTimeout(this.#confirmation);
    this.#status.textContent = i18n.text('share.copied');
    this.#confirmation = setTimeout(() => (this.#status.textContent = ''), CONFIRMATION_MS);
  }
}
