import { i18n } from '../i18n.js';
import { make } from './nodes.js';

/** Below this is what a muted microphone sends. */
const FLOOR_DBOV = -60;

/** Shows how loud a broadcast was within the last second. */
export class LevelBar {
  #bar = make('div', 'level-bar');
  element = make('div', 'level', this.#bar);

  constructor() {
    this.element.setAttribute('role', 'meter');
    this.element.setAttribute('aria-valuemin', String(FLOOR_DBOV));
    this.element.setAttribute('aria-valuemax', '0');
  }

  /**
   * @param {string} masjid
   * @param {number | null} levelDbov null when the sender does not tell
   */
  show(masjid, levelDbov) {
    const level = Math.max(FLOOR_DBOV, levelDbov ?? FLOOR_DBOV);
    this.element.style.setProperty('--level', String(1 - level / FLOOR_DBOV));
    this.element.setAttribute('aria-label', i18n.text('admin.level', { masjid }));
    this.element.setAttribute('aria-valuenow', String(level));
    this.element.setAttribute('aria-valuetext', valueText(levelDbov));
  }
}

/** @param {number | null} levelDbov */
function valueText(levelDbov) {
  if (levelDbov === null) return i18n.text('admin.level.unknown');
  if (levelDbov <= FLOOR_DBOV) return i18n.text('admin.level.silent');
  return i18n.text('admin.level.value', { level: i18n.number(levelDbov) });
}
