import type { IncomingMessage } from 'node:http';

/** What the caller showed in `Authorization`. */
export type Presented =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'unusable'; readonly reason: 'wrong_scheme' | 'several_tokens' | 'malformed_token' };

/** `b64token` of RFC 6750, 2.1. */
const BEARER = /^bearer +([\w\-.~+/]+=*)$/i;

/** Reads the one token of a request (RFC 6750, 2.1). Tokens in a query or a body would end up in logs: they are not looked for. */
export function bearerToken({ headersDistinct }: Pick<IncomingMessage, 'headersDistinct'>): Presented {
  // `headers` would show only the first of several.
  const values = headersDistinct['authorization'] ?? [];
  const [value = ''] = values;
  if (values.length === 0) return { kind: 'nothing' };
  if (values.length > 1 || value.includes(',')) return { kind: 'unusable', reason: 'several_tokens' };
  const token = BEARER.exec(value.trim())?.[1];
  if (token !== undefined) return { kind: 'token', token };
  return { kind: 'unusable', reason: /^bearer\b/i.test(value) ? 'malformed_token' : 'wrong_scheme' };
}
