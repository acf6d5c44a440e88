import { AppError, type ErrorCode } from './app-error.js';

const REALM = 'realm="azaan-relay"';

/** A refusal that says which token would be needed, in `WWW-Authenticate` (RFC 6750, 3). */
export class ChallengedError extends AppError {
  constructor(
    code: ErrorCode,
    detail: string,
    /** The value of the header; it names no error when the caller did not try. */
    readonly challenge: string,
  ) {
    super(code, detail);
  }
}

/** No token was shown: 401. */
export class TokenMissingError extends ChallengedError {
  constructor() {
    super('unauthenticated', 'This call needs a token in the Authorization header.', `Bearer ${REALM}`);
  }
}

/** The token that was shown is no good: 401. */
export class InvalidTokenError extends ChallengedError {
  constructor(detail: string) {
    super('unauthenticated', detail, `Bearer ${REALM}, error="invalid_token", error_description="${detail}"`);
  }
}

/** The token is good, but not for this call: 403. */
export class InsufficientScopeError extends ChallengedError {
  constructor(detail: string) {
    super('forbidden', detail, `Bearer ${REALM}, error="insufficient_scope", error_description="${detail}"`);
  }
}
