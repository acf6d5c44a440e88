import {
  AddressShareError,
  CapacityError,
  IceLiteOfferError,
  MalformedSdpError,
  NoOpusAudioError,
} from '../errors/app-error.js';
import type { JoinResult } from './relay.types.js';

const OFFER_ERRORS = [MalformedSdpError, NoOpusAudioError, IceLiteOfferError];

/** What a join that threw is counted as. */
export function joinResultOf(error: unknown): JoinResult {
  if (OFFER_ERRORS.some((refusal) => error instanceof refusal)) return 'bad_offer';
  if (error instanceof AddressShareError) return 'address_limit';
  if (error instanceof CapacityError) return 'capacity';
  return 'unavailable';
}
