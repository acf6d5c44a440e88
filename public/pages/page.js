import { recall, remember } from './storage.js';

/**
 * The element with this tag and id, which the page is known to have.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} id
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, id) {
  const found = document.querySelector(`${tag}#${id}`);
  if (!found) throw new Error(`The page has no ${tag} #${id}.`);
  return /** @type {HTMLElementTagNameMap[Tag]} */ (found);
}

/** From now on the page does what is asked of it. A tap before would send its form by itself, and lose the key of its link. */
export function becomeReady() {
  document.body.inert = false;
  document.documentElement.dataset.ready = '';
}

/**
 * @param {string} text
 * @param {string} value
 */
export function option(text, value) {
  return Object.assign(document.createElement('option'), { textContent: text, value });
}

/** The masjid that the address names, else the one of last time. */
export function chosenMasjid() {
  return new URLSearchParams(location.search).get('masjid')?.trim() || recall('masjid');
}

/**
 * Remembers the masjid and puts it into the address, so that the address can be shared.
 *
 * @param {string} masjid
 */
export function chooseMasjid(masjid) {
  remember('masjid', masjid);
  const url = new URL(location.href);
  url.searchParams.set('masjid', masjid);
  history.replaceState(null, '', url);
}

/**
 * The token of an address like `/broadcaster#token=…`. It is removed from the address bar and the history at once; servers
 * never see fragments.
 */
export function takeTokenFromAddress() {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const token = fragment.get('token') ?? undefined;
  if (token !== undefined) history.replaceState(null, '', location.pathname + location.search);
  return token;
}

/**
 * Shows or hides what went wrong. On a small phone it would appear below the edge of the screen, where nobody looks.
 *
 * @param {HTMLElement} alert
 * @param {boolean} shown
 */
export function setAlert(alert, shown) {
  const appears = shown && alert.hidden;
  alert.hidden = !shown;
  if (appears) alert.scrollIntoView({ block: 'nearest' });
}

/** Longer than between the taps of a hand that taps twice, shorter than anybody needs to change their mind. */
const DOUBLE_TAP_MS = 700;

/**
 * Makes one of taps that follow each other fast: a button that starts and stops must not stop what it has just started.
 *
 * @param {() => void} action
 */
export function oncePerTap(action) {
  let lastAt = -Infinity;
  return () => {
    const now = performance.now();
    if (now - lastAt > DOUBLE_TAP_MS) action();
    lastAt = now;
  };
}

/**
 * Changes a text only when it differs, so that live regions speak once.
 *
 * @param {HTMLElement} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
