import type { Role } from '../caller/actor.js';
import type { AuthConfig } from '../config/app-config.js';
import type { TokenIssuer } from './token-issuer.js';
import { maxTtlSeconds } from './token-lifetime.js';

/** The masjid that the broadcaster token is for. */
const MASJID_ID = 'demo';

/** Lines that let a developer begin, with tokens as long as they may live. Only for keys that nobody else has. */
export async function developmentTokens(issuer: TokenIssuer, config: AuthConfig): Promise<readonly string[]> {
  const tokenFor = async (role: Role, masjidId: string | undefined): Promise<string> => {
    const ttlSeconds = maxTtlSeconds(role, config);
    return (await issuer.issue({ role, masjidId, ttlSeconds, subject: 'developer' })).token;
  };
  return [
    `broadcaster token for the masjid "${MASJID_ID}", until this server stops: ${await tokenFor('broadcaster', MASJID_ID)}`,
    `admin token, for an hour at most: ${await tokenFor('admin', undefined)}`,
  ];
}
