import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import type { Role } from '../caller/actor.js';
import type { AppConfig, AuthConfig } from '../config/app-config.js';
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

/** Makes every token that is made here: HS256 with the first of `JWT_KEYS`. */
@Injectable()
export class TokenIssuer {
  constructor(
    @InjectConfig('auth') private readonly config: AuthConfig,
    private readonly secrets: SecretsService,
    private readonly jwt: JwtService,
  ) {}

  /** For commands, which run without the application. */
  static of({ auth, secrets }: AppConfig): TokenIssuer {
    return new TokenIssuer(auth, new SecretsService(secrets), new JwtService());
  }

  /** @throws MalformedRequestError a masjid that is missing or too much, a life beyond the bounds */
  async issue(request: TokenRequest): Promise<IssuedToken> {
    const { role, masjidId, ttlSeconds = DEFAULT_TTL_SECONDS } = request;
    this.check(role, masjidId, ttlSeconds);
    const [{ kid, key }] = this.secrets.jwtKeys;
    const iat = Math.floor(Date.now() / 1_000);
    const exp = iat + ttlSeconds;
    const token = await this.jwt.signAsync(
      { role, masjidId, iat, exp },
      {
        privateKey: key,
        algorithm: 'HS256',
        keyid: kid,
        issuer: this.config.issuer,
        audience: this.config.audience,
        subject: request.subject ?? (masjidId === undefined ? role : `${role} of ${masjidId}`),
        jwtid: randomUUID(),
      },
    );
    return { token, expiresAt: new Date(exp * 1_000) };
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
