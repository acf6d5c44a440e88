import { HttpException } from '@nestjs/common';
import { AppError, type ErrorCode } from './app-error.js';

/** A refusal as sent: `application/problem+json` (RFC 9457), with two members of our own. */
export interface Problem {
  /** `urn:azaan-relay:problem:<code>`; the same for every occurrence. */
  readonly type: string;
  readonly title: string;
  /** The HTTP status, repeated. */
  readonly status: number;
  /** What was wrong this time and what to do about it. */
  readonly detail: string;
  readonly code: ErrorCode;
  /** Finds the log lines of this request. */
  readonly requestId: string;
}

interface CatalogueEntry {
  readonly status: number;
  readonly title: string;
  /** For refusals that the framework makes; its own texts may quote the body. */
  readonly detail: string;
}

const CATALOGUE: Readonly<Record<ErrorCode, CatalogueEntry>> = {
  malformed_request: {
    status: 400,
    title: 'Malformed request',
    detail: 'The request cannot be read; its body must be one whole JSON object, or a form.',
  },
  malformed_sdp: { status: 400, title: 'Malformed SDP', detail: 'The SDP is not a sound offer.' },
  unauthenticated: { status: 401, title: 'Not authenticated', detail: 'This call needs a token.' },
  forbidden: { status: 403, title: 'Forbidden', detail: 'This caller may not do that.' },
  not_found: { status: 404, title: 'Not found', detail: 'Nothing answers to this method at this address.' },
  request_timeout: { status: 408, title: 'Request timeout', detail: 'The request took too long to arrive.' },
  payload_too_large: { status: 413, title: 'Too large', detail: 'The body is larger than this server reads.' },
  unsupported_media_type: {
    status: 415,
    title: 'Unsupported media type',
    detail: 'The body has a content type, charset or encoding that this server does not read; send JSON in UTF-8.',
  },
  headers_too_large: {
    status: 431,
    title: 'Headers too large',
    detail: 'The headers are larger than this server reads.',
  },
  no_opus_audio: { status: 422, title: 'No usable Opus audio', detail: 'The offer holds no usable Opus audio.' },
  ice_lite: { status: 422, title: 'ICE-lite on both sides', detail: 'The offer is of an ICE-lite agent.' },
  rate_limited: { status: 429, title: 'Too many requests', detail: 'Too many requests; slow down.' },
  temporarily_banned: { status: 429, title: 'Banned for a while', detail: 'Too many calls from here failed.' },
  capacity_reached: { status: 503, title: 'Capacity reached', detail: 'The server is full.' },
  media_unavailable: { status: 503, title: 'Media unavailable', detail: 'No media worker can take the peer.' },
  draining: { status: 503, title: 'Maintenance', detail: 'The server begins no new broadcast at the moment.' },
  shutting_down: { status: 503, title: 'Shutting down', detail: 'The server is stopping.' },
  internal_error: {
    status: 500,
    title: 'Internal error',
    detail: 'Something went wrong here, not at your side; the request id finds it in the log.',
  },
};

export const ERROR_CODES = Object.keys(CATALOGUE) as readonly ErrorCode[];

/** When nobody said better, clients that are told to come back are told when. */
const DEFAULT_RETRY_AFTER_SECONDS = 5;

/** What to answer to whatever was thrown: by this project, by Nest, or by a body parser. */
export function toProblem(thrown: unknown, requestId: string): Problem {
  const code = thrown instanceof AppError ? thrown.code : codeOfStatus(statusOf(thrown));
  const { status, title, detail } = CATALOGUE[code];
  return {
    type: `urn:azaan-relay:problem:${code}`,
    title,
    status,
    detail: thrown instanceof AppError ? thrown.detail : detail,
    code,
    requestId,
  };
}

/** Seconds for `Retry-After`, for refusals that pass with time. */
export function retryAfterSeconds(thrown: unknown, problem: Problem): number | undefined {
  if (thrown instanceof AppError && thrown.retryAfterSeconds !== undefined) return thrown.retryAfterSeconds;
  return problem.status === 429 || problem.status === 503 ? DEFAULT_RETRY_AFTER_SECONDS : undefined;
}

/** Nest's exceptions have `getStatus()`; those of body parsers (`http-errors`) have `statusCode`. */
function statusOf(thrown: unknown): number {
  if (typeof thrown !== 'object' || thrown === null) return 500;
  if (thrown instanceof HttpException) return thrown.getStatus();
  return 'statusCode' in thrown ? Number(thrown.statusCode) : 500;
}

function codeOfStatus(status: number): ErrorCode {
  const known = ERROR_CODES.find((code) => CATALOGUE[code].status === status);
  if (known !== undefined) return known;
  return status >= 400 && status < 500 ? 'malformed_request' : 'internal_error';
}
