/** Why a token is no good. For the audit log; callers learn less. */
export type TokenDenial =
  | 'malformed_token'
  | 'token_too_long'
  | 'unknown_key'
  | 'wrong_algorithm'
  | 'bad_signature'
  | 'wrong_issuer'
  | 'wrong_audience'
  | 'expired'
  | 'not_yet_valid'
  | 'issued_in_the_future'
  | 'lives_too_long'
  | 'bad_claims'
  | 'role_not_for_this_key';

export class TokenDeniedError extends Error {
  override readonly name = 'TokenDeniedError';

  constructor(readonly reason: TokenDenial) {
    super(`token denied: ${reason}`);
  }
}
