/**
 * A window of time and values on a drawing that is `width` by `height`, its origin at the top left.
 *
 * @typedef {{ fromMs: number, toMs: number, top: number, width: number, height: number }} Frame
 */

const STEPS = [1, 2, 5, 10];

/**
 * The least round number (1, 2 or 5 times a power of ten) that holds a value, and no less than 5: a chart of one listener
 * should not look like a crowd.
 *
 * @param {number} value
 */
export function roundTop(value) {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 5)));
  return (STEPS.find((step) => Math.max(value, 5) <= step * power) ?? 10) * power;
}

/**
 * SVG path data of a staircase: a value holds until the next one, and breaks off where it is null.
 *
 * @param {readonly number[]} times
 * @param {readonly (number | null)[]} values
 * @param {Frame} frame
 * @returns {{ line: string, area: string }} both empty when nothing is known
 */
export function curve(times, values, frame) {
  const x = (/** @type {number} */ timeMs) =>
    round(((Math.max(timeMs, frame.fromMs) - frame.fromMs) / (frame.toMs - frame.fromMs)) * frame.width);
  const y = (/** @type {number} */ value) => round((1 - value / frame.top) * frame.height);
  let line = '';
  let area = '';
  let isOpen = false;
  for (const [index, timeMs] of times.entries()) {
    const value = values[index] ?? null;
    if (value === null) {
      area += `L${x(timeMs)} ${frame.height}Z`;
      isOpen = false;
    } else if (isOpen) {
      line += `H${x(timeMs)}V${y(value)}`;
      area += `H${x(timeMs)}V${y(value)}`;
    } else {
      line += `M${x(timeMs)} ${y(value)}`;
      area += `M${x(timeMs)} ${frame.height}V${y(value)}`;
      isOpen = true;
    }
  }
  if (isOpen) area += `V${frame.height}Z`;
  return { line, area };
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 10) / 10;
}
