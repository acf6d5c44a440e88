import { describe, expect, it } from 'vitest';
import { recordedOffer } from '../../../test/support/offers.js';
import { NoOpusAudioError } from '../../errors/app-error.js';
import { reduceOffer } from './reduce-offer.js';
import { requireDirection } from './require-direction.js';

describe('the direction of the audio', () => {
  const offered = (direction: string) =>
    reduceOffer(recordedOffer('chromium-156-broadcaster').replace('a=sendrecv', `a=${direction}`));

  it.each([
    ['broadcaster', 'sendrecv'],
    ['broadcaster', 'sendonly'],
    ['listener', 'sendrecv'],
    ['listener', 'recvonly'],
  ] as const)('of a %s may be %s', (role, direction) => {
    expect(() => {
      requireDirection(offered(direction), role);
    }).not.toThrow();
  });

  it.each([
    ['broadcaster', 'recvonly'],
    ['broadcaster', 'inactive'],
    ['listener', 'sendonly'],
    ['listener', 'inactive'],
  ] as const)('of a %s may not be %s', (role, direction) => {
    expect(() => {
      requireDirection(offered(direction), role);
    }).toThrow(NoOpusAudioError);
  });
});
