import { i18n } from '../i18n.js';
import { element } from '../page.js';

/**
 * Asks before something that others feel. Escape is a no.
 *
 * @param {string} key of the question: `.title` asks, `.help` says what follows, `.yes` is the button
 * @returns {Promise<boolean>}
 */
export function confirm(key) {
  const dialog = element('dialog', 'confirm');
  element('h2', 'confirm-title').textContent = i18n.text(`${key}.title`);
  element('p', 'confirm-help').textContent = i18n.text(`${key}.help`);
  element('button', 'confirm-yes').textContent = i18n.text(`${key}.yes`);
  dialog.returnValue = 'no';
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true });
  });
}
