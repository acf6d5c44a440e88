/** Why a token is no good. */
const TOKEN_DENIALS = [
  'malformed_token',
  'token_too_long',
  'unknown_key',
  'wrong_algorithm',
  'bad_signature',
  'wrong_issuer',
  'wrong_audience',
  'expired',
  'not_yet_valid',
  'issued_in_the_future',
  'lives_too_long',
  'bad_claims',
  'role_not_for_this_key',
] as const;
export type TokenDenial = (typeof TOKEN_DENIALS)[number];

/** Why a call was refused, for the audit log; callers learn less. */
export const DENIALS = [
  ...TOKEN_DENIALS,
  'no_token',
  'wrong_scheme',
  'several_tokens',
  'wrong_role',
  'other_masjid',
] as const;
export type Denial = (typeof DENIALS)[number];

export class TokenDeniedError extends Error {
  override readonly name = 'TokenDeniedError';

  constructor(readonly reason: TokenDenial) {
    super(`token denied: ${reason}`);
  }
}
