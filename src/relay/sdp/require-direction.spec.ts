import { describe, expect, it } from 'vitest';
import { recordedOffer } from '../../../test/support/offers.js';
import { NoOpusAudioError } from '../../errors/app-error.js';
import { reduceOffer } from './reduce-offer.js';
import { requireDirection } from './require-direction.js';

describe('the direction of the audio', () => {
  const offered = (direction: string) =>
    reduceOffer(recordedOffer('chromium-156-broadcaster').replace('a=sendrecv', `a=${direction}`));

  it.each([
    ['broadcaster', ['sendrecv', 'sendonly']],
    ['listener', ['sendrecv', 'recvonly']],
  ] as const)('of a %s may be %j, and no other', (role, allowed) => {
    for (const direction of ['sendrecv', 'sendonly', 'recvonly', 'inactive'] as const) {
      const require = expect(() => requireDirection(offered(direction), role), direction);
      if (allowed.some((each) => each === direction)) require.not.toThrow();
      else require.toThrow(NoOpusAudioError);
    }
  });
});
