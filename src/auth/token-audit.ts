import { decodeJwt, decodeProtectedHeader } from 'jose';
import type { CallEvent } from '../audit/audited.js';
import type { TokenDto } from './token.dto.js';

interface OwnClaims {
  readonly role: string;
  readonly sub: string;
  readonly masjidId?: string;
  readonly iat: number;
  readonly exp: number;
  readonly jti: string;
}

/** What the audit log keeps of a token that was made here: all but the token. */
export function tokenIssued({ token }: TokenDto): CallEvent {
  const { role, sub, masjidId, iat, exp, jti } = decodeJwt<OwnClaims>(token);
  const { kid = '' } = decodeProtectedHeader(token);
  return { event: 'token.issued', role, subject: sub, masjidId, ttlSeconds: exp - iat, jti, kid };
}
