import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { SignJWT } from 'jose';
import type { Role } from '../caller/actor.js';
import type { AuthConfig } from '../config/app-config.js';
import { InjectConfig } from '../config/config.module.js';
import { SecretsService } from '../config/secrets.js';
import { MalformedRequestError } from '../errors/app-error.js';
import { DEFAULT_TTL_SECONDS, MIN_TTL_SECONDS, maxTtlSeconds } from './token-lifetime.js';

export interface TokenRequest {
  readonly role: Role;
  /** The one broadcast that a broadcaster or listener token is for. */
  readonly masjidId: string | undefined;
  /** 15 minutes unless given. */
  readonly ttlSeconds: number | undefined;
  /** Whom it is for, in the audit log; the role and the masjid unless given. */
  readonly subject: string | undefined;
}

export interface IssuedToken {
  readonly token: string;
  readonly expiresAt: Date;
}

/** Makes tokens: HS256 with the first of `JWT_KEYS`. */
@Injectable()
export class TokenIssuer {
  constructor(
    @InjectConfig('auth') private readonly config: AuthConfig,
    private readonly secrets: SecretsService,
  ) {}

  /** @throws MalformedRequestError a masjid that is missing or too much, a life beyond the bounds */
  async issue(request: TokenRequest): Promise<IssuedToken> {
    const { role, masjidId, ttlSeconds = DEFAULT_TTL_SECONDS } = request;
    this.check(role, masjidId, ttlSeconds);
    const [{ kid, key }] = this.secrets.jwtKeys;
    const issuedAtSeconds = Math.floor(Date.now() / 1_000);
    const expiresAtSeconds = issuedAtSeconds + ttlSeconds;
    const token = await new SignJWT({ role, ...(masjidId === undefined ? {} : { masjidId }) })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT', kid })
      .setIssuer(this.config.issuer)
      .setAudience(this.config.audience)
      .setSubject(request.subject ?? (masjidId === undefined ? role : `${role} of ${masjidId}`))
      .setJti(randomUUID())
      .setIssuedAt(issuedAtSeconds)
      .setExpirationTime(expiresAtSeconds)
      .sign(key);
    return { token, expiresAt: new Date(expiresAtSeconds * 1_000) };
  }

  private check(role: Role, masjidId: string | undefined, ttlSeconds: number): void {
    if (role === 'admin' && masjidId !== undefined) {
      throw new MalformedRequestError('An admin token is for all masjids: leave the masjid out.');
    }
    if (role !== 'admin' && masjidId === undefined) {
      throw new MalformedRequestError(`${aToken(role)} is for one masjid: say which.`);
    }
    const max = maxTtlSeconds(role, this.config);
    if (!Number.isInteger(ttlSeconds) || ttlSeconds < MIN_TTL_SECONDS || ttlSeconds > max) {
      throw new MalformedRequestError(`${aToken(role)} may live ${MIN_TTL_SECONDS} to ${max} seconds.`);
    }
  }
}

function aToken(role: Role): string {
  return `${role === 'admin' ? 'An' : 'A'} ${role} token`;
}
