import { TONE_HZ, type Heard } from './tone-meter.js';

/** Of the windows of 100 ms: a busy machine spoils one now and then. */
const LEAST_SHARE = 0.9;

/** Why that does not count as the tone for `wantedSeconds`; undefined when it does. */
export function problemOf(heard: Heard, wantedSeconds: number): string | undefined {
  const { windows, withTone, seconds, frequencyHz } = heard;
  if (windows === 0 || frequencyHz === undefined) return 'then the sound went away';
  if (frequencyHz !== TONE_HZ) return `then heard ${frequencyHz} Hz`;
  if (withTone / windows < LEAST_SHARE) return `only ${withTone} of ${windows} windows hold the tone`;
  return seconds < wantedSeconds ? `only in ${seconds} of ${wantedSeconds} s` : undefined;
}
