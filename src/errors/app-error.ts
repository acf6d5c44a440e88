/**
 * Everything that can be refused, by code. The code is stable and machine-readable; only `problem.ts` knows which HTTP
 * status each one has.
 */
export type ErrorCode =
  | 'malformed_request'
  | 'malformed_sdp'
  | 'no_opus_audio'
  | 'ice_lite'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'request_timeout'
  | 'payload_too_large'
  | 'headers_too_large'
  | 'unsupported_media_type'
  | 'rate_limited'
  | 'temporarily_banned'
  | 'capacity_reached'
  | 'media_unavailable'
  | 'draining'
  | 'shutting_down'
  | 'internal_error';

/** A refusal with a reason that may be shown to whoever asked: never SDP, addresses or credentials. */
export class AppError extends Error {
  override readonly name = this.constructor.name;

  constructor(
    readonly code: ErrorCode,
    /** What is wrong and what to do about it, in one sentence. */
    readonly detail: string,
    /** When to try again, for refusals that pass with time. */
    readonly retryAfterSeconds?: number,
  ) {
    super(detail);
  }
}

/** The request breaks the contract, or cannot be read: 400. */
export class MalformedRequestError extends AppError {
  constructor(detail: string) {
    super('malformed_request', detail);
  }
}

/** The offer breaks the syntax or a bound: 400. */
export class MalformedSdpError extends AppError {
  constructor(detail: string) {
    super('malformed_sdp', detail);
  }
}

/** The offer is sound, but holds no Opus audio that the relay can carry: 422. */
export class NoOpusAudioError extends AppError {
  constructor(detail: string) {
    super('no_opus_audio', detail);
  }
}

/** The offer is of an ICE-lite agent, as the relay is one: neither would check the other (RFC 8445, 6.1.1): 422. */
export class IceLiteOfferError extends AppError {
  constructor() {
    super('ice_lite', 'The offer is of an ICE-lite agent, and so is the relay: neither would begin; offer full ICE.');
  }
}

/** A `MAX_*` limit is reached: 503 with `Retry-After`. */
export class CapacityError extends AppError {
  constructor(detail: string, retryAfterSeconds = 30) {
    super('capacity_reached', detail, retryAfterSeconds);
  }
}

/** One address has its share of a `MAX_*` limit, while others have room: 503 with `Retry-After`. */
export class AddressShareError extends CapacityError {}

/** No media worker could take the peer: 503 with `Retry-After`. */
export class MediaUnavailableError extends AppError {
  constructor(detail = 'The media part of the server is restarting; try again in a moment.', retryAfterSeconds = 2) {
    super('media_unavailable', detail, retryAfterSeconds);
  }
}

/** The server takes no new broadcast before maintenance: 503 with `Retry-After`. */
export class DrainingError extends AppError {
  constructor() {
    super('draining', 'The server is about to be maintained and begins no new broadcast; try again later.', 60);
  }
}

/** The server is stopping: 503 with `Retry-After`. */
export class ShuttingDownError extends AppError {
  constructor() {
    super('shutting_down', 'The server is stopping; try again in a moment.', 5);
  }
}
