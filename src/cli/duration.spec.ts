import { expect, it } from 'vitest';
import { parseDuration } from './duration.js';

it.each([
  ['90s', 90],
  ['15m', 900],
  ['12h', 43_200],
  ['7d', 604_800],
  ['0s', 0],
  ['15', undefined],
  ['m', undefined],
  ['-5m', undefined],
  ['1.5h', undefined],
  ['15 m', undefined],
  ['1h30m', undefined],
  ['9999999s', undefined],
  ['', undefined],
])('%j is %s seconds', (text, seconds) => {
  expect(parseDuration(text)).toBe(seconds);
});
