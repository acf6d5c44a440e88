import { AddressShareError, CapacityError, MalformedSdpError, NoOpusAudioError } from '../errors/app-error.js';
import type { JoinResult } from './relay.types.js';

/** What a join that threw is counted as. */
export function joinResultOf(error: unknown): JoinResult {
  if (error instanceof MalformedSdpError || error instanceof NoOpusAudioError) return 'bad_offer';
  if (error instanceof AddressShareError) return 'address_limit';
  if (error instanceof CapacityError) return 'capacity';
  return 'unavailable';
}
