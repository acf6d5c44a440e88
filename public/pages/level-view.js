import { i18n } from './i18n.js';
import { setText } from './page.js';

const FLOOR_DBFS = -60;
const SILENT_BELOW_DBFS = -58;
const QUIET_BELOW_DBFS = -36;
const LOUD_ABOVE_DBFS = -1.5;
/** Verdicts change slowly enough to be read, and to be heard in a screen reader. */
const VERDICT_MS = 1_000;
/** Ten levels come a second. When none comes, the last one is no longer true. */
const UNKNOWN_AFTER_MS = 1_500;
/** How far the marks fall in a tenth of a second: what is louder shows at once, what is quieter comes down gently. */
const LEVEL_FALL_DB = 4;
const PEAK_FALL_DB = 1;

/** @typedef {{ rmsDbfs: number, peakDbfs: number }} Level */

/** Shows the microphone's level as a bar with a falling peak mark, and in words. */
export class LevelView {
  #levelDbfs = FLOOR_DBFS;
  #peakDbfs = FLOOR_DBFS;
  /** Of the second that the next verdict is about. */
  #loudest = { rmsDbfs: FLOOR_DBFS, peakDbfs: FLOOR_DBFS };
  #verdictAt = 0;
  /** @type {string | undefined} */
  #verdict;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #unknownTimer;

  /**
   * @param {HTMLElement} meter
   * @param {HTMLElement} words
   */
  constructor(meter, words) {
    this.meter = meter;
    this.words = words;
    i18n.addEventListener('change', () => this.#describe(FLOOR_DBFS));
    this.off();
  }

  /** Levels are to come from now on. */
  expect() {
    clearTimeout(this.#unknownTimer);
    this.#unknownTimer = setTimeout(() => this.#reset('level.unknown'), UNKNOWN_AFTER_MS);
  }

  /** @param {Level} level */
  show({ rmsDbfs, peakDbfs }) {
    this.expect();
    this.#levelDbfs = Math.max(rmsDbfs, this.#levelDbfs - LEVEL_FALL_DB, FLOOR_DBFS);
    this.#peakDbfs = Math.max(peakDbfs, this.#peakDbfs - PEAK_FALL_DB, FLOOR_DBFS);
    this.#loudest.rmsDbfs = Math.max(rmsDbfs, this.#loudest.rmsDbfs);
    this.#loudest.peakDbfs = Math.max(peakDbfs, this.#loudest.peakDbfs);
    this.#draw(this.#levelDbfs, this.#peakDbfs);
    const now = performance.now();
    if (now - this.#verdictAt < VERDICT_MS) return;
    this.#verdict = verdictOf(this.#loudest.peakDbfs);
    this.#describe(this.#loudest.rmsDbfs);
    this.#verdictAt = now;
    this.#loudest = { rmsDbfs: FLOOR_DBFS, peakDbfs: FLOOR_DBFS };
  }

  off() {
    clearTimeout(this.#unknownTimer);
    this.#reset(undefined);
  }

  /** @param {string | undefined} verdict */
  #reset(verdict) {
    this.#verdict = verdict;
    this.#verdictAt = 0;
    this.#levelDbfs = FLOOR_DBFS;
    this.#peakDbfs = FLOOR_DBFS;
    this.#draw(FLOOR_DBFS, FLOOR_DBFS);
    this.#describe(FLOOR_DBFS);
  }

  /**
   * @param {number} rmsDbfs
   * @param {number} peakDbfs
   */
  #draw(rmsDbfs, peakDbfs) {
    this.meter.style.setProperty('--level', String(fraction(rmsDbfs)));
    this.meter.style.setProperty('--peak', String(fraction(peakDbfs)));
    this.meter.classList.toggle('loud', peakDbfs > LOUD_ABOVE_DBFS);
  }

  /** @param {number} rmsDbfs */
  #describe(rmsDbfs) {
    const level = Math.round(Math.min(0, Math.max(FLOOR_DBFS, rmsDbfs)));
    const verdict = i18n.text(this.#verdict ?? 'level.off');
    setText(this.words, this.#verdict ? verdict : '');
    this.meter.setAttribute('aria-valuenow', String(level));
    this.meter.setAttribute(
      'aria-valuetext',
      this.#verdict ? i18n.text('level.value', { level: i18n.number(level), verdict }) : verdict,
    );
  }
}

/** @param {number} dbfs */
function fraction(dbfs) {
  return Math.min(1, Math.max(0, 1 - dbfs / FLOOR_DBFS));
}

/** @param {number} peakDbfs the loudest of the last second */
function verdictOf(peakDbfs) {
  if (peakDbfs < SILENT_BELOW_DBFS) return 'level.silent';
  if (peakDbfs < QUIET_BELOW_DBFS) return 'level.quiet';
  return peakDbfs > LOUD_ABOVE_DBFS ? 'level.loud' : 'level.good';
}
