import { NoOpusAudioError } from '../../errors/app-error.js';
import type { ReducedOffer } from './reduced-offer.js';

/**
 * A broadcaster must offer to send and a listener to receive: no answer could make sound of anything else (RFC 3264, 6.1).
 *
 * @throws NoOpusAudioError
 */
export function requireDirection({ audio }: ReducedOffer, role: 'broadcaster' | 'listener'): void {
  if (audio.direction === 'sendrecv') return;
  if (role === 'broadcaster' && audio.direction !== 'sendonly') {
    throw new NoOpusAudioError('The audio of the offer is not to be sent, so there is nothing to broadcast.');
  }
  if (role === 'listener' && audio.direction !== 'recvonly') {
    throw new NoOpusAudioError('The audio of the offer is not to be received, so there is nothing to hear.');
  }
}
