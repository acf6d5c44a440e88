/** What the pages remember on this device. Browsers that forbid storage just remember nothing. */

/** @typedef {'language' | 'masjid' | 'volume' | 'microphone'} StoredName */

const PREFIX = 'azaan.';

/**
 * @param {StoredName} name
 * @returns {string | undefined}
 */
export function recall(name) {
  try {
    return localStorage.getItem(PREFIX + name) ?? undefined;
  } catch {
    return undefined;
  }
}

/**
 * @param {StoredName} name
 * @param {string} value
 */
export function remember(name, value) {
  try {
    localStorage.setItem(PREFIX + name, value);
  } catch {
    // Forbidden or full: the choice holds until the page closes.
  }
}
