import { i18n } from '../i18n.js';
import { setText } from '../page.js';
import { make } from './nodes.js';

/** Below this is what a muted microphone sends. */
const FLOOR_DBOV = -60;

/** Shows how loud a broadcast was within the last second, or that its sender does not tell: no bar must look like silence. */
export class LevelBar {
  #meter = make('div', 'level', make('div', 'level-bar'));
  #unknown = make('p', 'help');
  element = make('div', '', this.#meter, this.#unknown);

  constructor() {
    this.#meter.setAttribute('role', 'meter');
    this.#meter.setAttribute('aria-valuemin', String(FLOOR_DBOV));
    this.#meter.setAttribute('aria-valuemax', '0');
  }

  /**
   * @param {string} masjid
   * @param {number | null} levelDbov null when the sender does not tell
   */
  show(masjid, levelDbov) {
    const level = Math.max(FLOOR_DBOV, levelDbov ?? FLOOR_DBOV);
    const words = i18n.text(level > FLOOR_DBOV ? 'admin.level.value' : 'admin.level.silent', {
      level: i18n.number(level),
    });
    this.#meter.hidden = levelDbov === null;
    this.#meter.style.setProperty('--level', String(1 - level / FLOOR_DBOV));
    this.#meter.setAttribute('aria-label', i18n.text('admin.level', { masjid }));
    this.#meter.setAttribute('aria-valuenow', String(level));
    this.#meter.setAttribute('aria-valuetext', words);
    setText(this.#unknown, levelDbov === null ? i18n.text('admin.level.unknown') : '');
  }
}
