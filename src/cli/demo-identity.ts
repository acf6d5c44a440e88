import { createSecretKey, randomBytes, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import type { JWTPayload } from 'jose';

const KEY_ID = 'demo';
const ISSUER = 'azaan-relay-demo';
const TOKEN_TTL_SECONDS = 86_400;
/** No server takes an admin token that lives longer. */
const ADMIN_TTL_SECONDS = 3_600;

/** Secrets that live as long as one demo: a key for its server, and tokens made with it. */
export class DemoIdentity {
  private readonly key = randomBytes(32);

  /** What the server of the demo is configured with, whatever a `.env` file says. */
  environment(): Readonly<Record<string, string>> {
    return {
      JWT_KEYS: `${KEY_ID}:${this.key.toString('base64')}`,
      JWT_ISSUER: ISSUER,
      JWT_AUDIENCE: ISSUER,
      TOKEN_MAX_TTL_SECONDS: String(TOKEN_TTL_SECONDS),
      LISTENER_AUTH: 'open',
    };
  }

  /** A token that lets its bearer broadcast for one masjid, for a day. */
  broadcasterToken(masjidId: string): Promise<string> {
    return this.sign({ role: 'broadcaster', masjidId }, TOKEN_TTL_SECONDS);
  }

  /** A token for the admin page, for an hour. */
  adminToken(): Promise<string> {
    return this.sign({ role: 'admin' }, ADMIN_TTL_SECONDS);
  }

  private sign(claims: JWTPayload, ttlSeconds: number): Promise<string> {
    const nowSeconds = Math.floor(Date.now() / 1_000);
    return new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT', kid: KEY_ID })
      .setIssuer(ISSUER)
      .setAudience(ISSUER)
      .setSubject('demo')
      .setJti(randomUUID())
      .setIssuedAt(nowSeconds)
      .setExpirationTime(nowSeconds + ttlSeconds)
      .sign(createSecretKey(this.key));
  }
}
