import type { Role } from '../caller/actor.js';
import type { AuthConfig } from '../config/app-config.js';

/** Long enough to open a page and begin; what is live by then goes on. */
export const DEFAULT_TTL_SECONDS = 900;
export const MIN_TTL_SECONDS = 10;

/** An admin's token makes all others, so that its life is short whatever the configuration says. */
const MAX_ADMIN_TTL_SECONDS = 3_600;

/** Longest life of a token, from `iat` to `exp`: of those made here, and of those accepted from others. */
export function maxTtlSeconds(role: Role, { maxTokenTtlSeconds }: AuthConfig): number {
  return role === 'admin' ? Math.min(maxTokenTtlSeconds, MAX_ADMIN_TTL_SECONDS) : maxTokenTtlSeconds;
}
