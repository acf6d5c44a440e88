import { NoOpusAudioError } from '../../errors/app-error.js';
import type { OfferedAudio, ReducedOffer } from './reduced-offer.js';

export type PeerRole = 'broadcaster' | 'listener';

/** Whether audio that is offered in this direction can become sound. */
export function suits(direction: OfferedAudio['direction'], role: PeerRole): boolean {
  return direction === 'sendrecv' || direction === (role === 'broadcaster' ? 'sendonly' : 'recvonly');
}

/**
 * A broadcaster must offer to send and a listener to receive: no answer could make sound of anything else (RFC 3264, 6.1).
 *
 * @throws NoOpusAudioError
 */
export function requireDirection({ audio }: ReducedOffer, role: PeerRole): void {
  if (suits(audio.direction, role)) return;
  throw new NoOpusAudioError(
    role === 'broadcaster'
      ? 'The audio of the offer is not to be sent, so there is nothing to broadcast.'
      : 'The audio of the offer is not to be received, so there is nothing to hear.',
  );
}
