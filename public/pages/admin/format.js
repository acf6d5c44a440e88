import { i18n } from '../i18n.js';

const UNKNOWN = '–';
const MEBIBYTE = 1_048_576;

/**
 * @param {number | null} value
 * @param {Intl.NumberFormatOptions} [options]
 */
export function amount(value, options) {
  return value === null ? UNKNOWN : i18n.number(value, options);
}

/**
 * A number with its unit, in the words of the language.
 *
 * @param {number | null} value
 * @param {'second' | 'minute' | 'hour' | 'day' | 'percent' | 'megabyte' | 'millisecond'} unit
 * @param {number} [digits] after the point
 */
export function measure(value, unit, digits = 0) {
  return amount(value, { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: digits });
}

/** @param {number | null} value */
export function bytes(value) {
  return measure(value === null ? null : value / MEBIBYTE, 'megabyte');
}

/**
 * The two largest units of a duration: "3 hr 12 min".
 *
 * @param {number} seconds
 */
export function duration(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const parts = /** @type {const} */ ([
    ['day', Math.floor(whole / 86_400)],
    ['hour', Math.floor(whole / 3_600) % 24],
    ['minute', Math.floor(whole / 60) % 60],
    ['second', whole % 60],
  ]);
  const first = parts.findIndex(([, value]) => value > 0);
  if (first === -1) return measure(0, 'second');
  return parts
    .slice(first, first + 2)
    .filter(([, value], index) => value > 0 || index === 0)
    .map(([unit, value]) => measure(value, unit))
    .join(' ');
}

/**
 * The time of day.
 *
 * @param {number | string} time milliseconds since 1970, or ISO 8601
 */
export function clock(time) {
  return new Intl.DateTimeFormat(i18n.language.code, { hour: '2-digit', minute: '2-digit' }).format(new Date(time));
}
