import type { KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { decodeProtectedHeader, errors, jwtVerify, type JWTPayload } from 'jose';
import { ROLES, type Actor, type Role } from '../caller/actor.js';
import type { AuthConfig } from '../config/app-config.js';
import { InjectConfig } from '../config/config.module.js';
import { SecretsService } from '../config/secrets.js';
import { TokenDeniedError, type TokenDenial } from './denial.js';
import { maxTtlSeconds } from './token-lifetime.js';

/** Longer ones are refused unread. Ours have some 400 characters. */
const MAX_TOKEN_LENGTH = 4_096;
/** How far the clocks of issuer and relay may be apart. */
const LEEWAY_SECONDS = 30;
const MAX_TEXT_LENGTH = 256;

interface VerifyingKey {
  readonly key: KeyObject;
  readonly algorithms: readonly string[];
  readonly issuer: string | undefined;
  /** What tokens of this key may make of their bearer. */
  readonly roles: readonly Role[];
}

/** Reads JSON Web Tokens (RFC 7519), as RFC 8725 advises: the key that is named decides the algorithm and the issuer. */
@Injectable()
export class TokenVerifier {
  constructor(
    @InjectConfig('auth') private readonly config: AuthConfig,
    private readonly secrets: SecretsService,
  ) {}

  /** @throws TokenDeniedError */
  async verify(token: string): Promise<Actor> {
    if (token.length > MAX_TOKEN_LENGTH) throw new TokenDeniedError('token_too_long');
    const kid = kidOf(token);
    const verifyingKey = kid === undefined ? undefined : this.findKey(kid);
    if (kid === undefined || verifyingKey === undefined) throw new TokenDeniedError('unknown_key');
    const actor = this.actorOf(await this.verifiedClaims(token, verifyingKey), kid);
    if (!verifyingKey.roles.includes(actor.role)) throw new TokenDeniedError('role_not_for_this_key');
    return actor;
  }

  private findKey(kid: string): VerifyingKey | undefined {
    const shared = this.secrets.jwtKeys.find((each) => each.kid === kid);
    if (shared !== undefined) return { key: shared.key, algorithms: ['HS256'], issuer: undefined, roles: ROLES };
    const foreign = this.secrets.jwtPublicKeys.find((each) => each.kid === kid);
    return foreign === undefined ? undefined : { ...foreign, roles: ['broadcaster', 'listener'] };
  }

  private async verifiedClaims(token: string, { key, algorithms, issuer }: VerifyingKey): Promise<JWTPayload> {
    try {
      const { payload } = await jwtVerify(token, key, {
        algorithms: [...algorithms],
        issuer: issuer ?? this.config.issuer,
        audience: this.config.audience,
        clockTolerance: LEEWAY_SECONDS,
        requiredClaims: ['iss', 'aud', 'sub', 'iat', 'exp', 'jti'],
      });
      return payload;
    } catch (error) {
      throw new TokenDeniedError(denialOf(error));
    }
  }

  private actorOf(claims: JWTPayload, kid: string): Actor {
    const { iat = 0, exp = 0, sub, jti, role, masjidId } = claims;
    if (iat > Date.now() / 1_000 + LEEWAY_SECONDS) throw new TokenDeniedError('issued_in_the_future');
    if (!isText(sub) || !isText(jti) || !isRole(role)) throw new TokenDeniedError('bad_claims');
    if (exp - iat > maxTtlSeconds(role, this.config)) throw new TokenDeniedError('lives_too_long');
    // As in the contract, 1 and "1" name the same masjid.
    const masjid = typeof masjidId === 'number' ? String(masjidId) : masjidId;
    const fits = role === 'admin' ? masjid === undefined : isText(masjid);
    if (!fits) throw new TokenDeniedError('bad_claims');
    return { role, sub, masjidId: isText(masjid) ? masjid : undefined, jti, kid };
  }
}

function kidOf(token: string): string | undefined {
  try {
    return decodeProtectedHeader(token).kid;
  } catch {
    throw new TokenDeniedError('malformed_token');
  }
}

function denialOf(error: unknown): TokenDenial {
  if (error instanceof errors.JWTExpired) return 'expired';
  if (error instanceof errors.JWTClaimValidationFailed) return claimDenial(error.claim);
  if (error instanceof errors.JOSEAlgNotAllowed) return 'wrong_algorithm';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'bad_signature';
  if (error instanceof errors.JOSEError) return 'malformed_token';
  throw error;
}

function claimDenial(claim: string): TokenDenial {
  if (claim === 'iss') return 'wrong_issuer';
  if (claim === 'aud') return 'wrong_audience';
  if (claim === 'nbf') return 'not_yet_valid';
  return 'bad_claims';
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= MAX_TEXT_LENGTH;
}

function isRole(value: unknown): value is Role {
  return ROLES.some((role) => role === value);
}
