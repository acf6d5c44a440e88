import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** What a proxy may name a request; anything else could smuggle something into logs. */
const SANE_ID = /^[\w.-]{1,64}$/;

export const REQUEST_ID_HEADER = 'X-Request-Id';

/** The caller's own `X-Request-Id` if it is a sane token, else a new one. */
export function chooseRequestId(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && SANE_ID.test(given) ? given : randomUUID();
}
