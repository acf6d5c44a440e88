import { TONE_HZ, type Heard } from './tone-meter.js';

/** Of the windows of 100 ms: browsers that start beside a call spoil some. */
const LEAST_SHARE = 0.8;
/** More than a busy machine is away for. */
const LONGEST_PAUSE_MS = 3_000;

/** Why that does not count as the tone the whole time; undefined when it does. */
export function problemOf({ windows, withTone, longestPauseMs, frequencyHz }: Heard): string | undefined {
  if (frequencyHz === undefined) return 'then the sound went away';
  if (frequencyHz !== TONE_HZ) return `then heard ${frequencyHz} Hz`;
  if (withTone / windows < LEAST_SHARE) return `only ${withTone} of ${windows} windows hold the tone`;
  return longestPauseMs > LONGEST_PAUSE_MS ? `${(longestPauseMs / 1_000).toFixed(1)} s without the tone` : undefined;
}
