import { randomBytes } from 'node:crypto';
import { TokenIssuer } from '../auth/token-issuer.js';
import { loadConfig } from '../config/load-config.js';

const ISSUER = 'azaan-relay-demo';
const TOKEN_TTL_SECONDS = 86_400;
/** No server takes an admin token that lives longer. */
const ADMIN_TTL_SECONDS = 3_600;

/** Secrets that live as long as one demo: a key for its server, and tokens made with it. */
export class DemoIdentity {
  private readonly configured = {
    JWT_KEYS: `demo:${randomBytes(32).toString('base64')}`,
    JWT_ISSUER: ISSUER,
    JWT_AUDIENCE: ISSUER,
    TOKEN_MAX_TTL_SECONDS: String(TOKEN_TTL_SECONDS),
    LISTENER_AUTH: 'open',
  };
  private readonly tokens = TokenIssuer.of(loadConfig(this.configured));

  /** What the server of the demo is configured with, whatever a `.env` file says. */
  environment(): Readonly<Record<string, string>> {
    return this.configured;
  }

  /** A token that lets its bearer broadcast for one masjid, for a day. */
  async broadcasterToken(masjidId: string): Promise<string> {
    const request = { role: 'broadcaster', masjidId, ttlSeconds: TOKEN_TTL_SECONDS, subject: 'demo' } as const;
    return (await this.tokens.issue(request)).token;
  }

  /** A token for the admin page, for an hour. */
  async adminToken(): Promise<string> {
    const request = { role: 'admin', masjidId: undefined, ttlSeconds: ADMIN_TTL_SECONDS, subject: 'demo' } as const;
    return (await this.tokens.issue(request)).token;
  }
}
