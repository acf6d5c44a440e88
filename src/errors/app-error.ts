/**
 * Everything that can be refused, by code. The code is stable and machine-readable; only `problem.filter.ts` knows
 * which HTTP status each one has.
 */
export type ErrorCode =
  | 'malformed_request'
  | 'malformed_sdp'
  | 'no_opus_audio'
  | 'unauthenticated'
  | 'forbidden'
  | 'capacity_reached'
  | 'media_unavailable'
  | 'shutting_down';

/** A refusal with a reason that may be shown to whoever asked: never SDP, addresses or credentials. */
export class AppError extends Error {
  override readonly name: string = 'AppError';

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

/** The offer breaks the syntax or a bound: 400. */
export class MalformedSdpError extends AppError {
  override readonly name = 'MalformedSdpError';
  constructor(detail: string) {
    super('malformed_sdp', detail);
  }
}

/** The offer is sound, but holds no Opus audio that the relay can carry: 422. */
export class NoOpusAudioError extends AppError {
  override readonly name = 'NoOpusAudioError';
  constructor(detail: string) {
    super('no_opus_audio', detail);
  }
}

/** A `MAX_*` limit is reached: 503 with `Retry-After`. */
export class CapacityError extends AppError {
  override readonly name = 'CapacityError';
  constructor(detail: string, retryAfterSeconds = 30) {
    super('capacity_reached', detail, retryAfterSeconds);
  }
}

/** No media worker could take the peer: 503 with `Retry-After`. */
export class MediaUnavailableError extends AppError {
  override readonly name = 'MediaUnavailableError';
  constructor(detail = 'The media part of the server is restarting; try again in a moment.', retryAfterSeconds = 2) {
    super('media_unavailable', detail, retryAfterSeconds);
  }
}

/** The server is stopping: 503 with `Retry-After`. */
export class ShuttingDownError extends AppError {
  override readonly name = 'ShuttingDownError';
  constructor() {
    super('shutting_down', 'The server is stopping; try again in a moment.', 5);
  }
}
