import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Request, Response } from 'express';
import type { LevelWithSilent } from 'pino';
import type { ActingRequest } from '../caller/caller.js';
import { isClientLabel } from '../caller/connection-id.js';
import { answeredErrorCode } from '../errors/problem.filter.js';

/** Asked every few seconds by machines; their lines would bury the others. `/status` and the bans have theirs in the audit log. */
const PROBE_ROUTES: readonly unknown[] = ['/healthz', '/readyz', '/metrics', '/status', '/admin/bans'];

/** What nginx tells of a call whose client hung up before the answer: nobody saw any other status. */
const CLIENT_CLOSED_REQUEST = 499;

/** docs/operations/logs.md explains every field. */
interface RequestLine {
  readonly method: string | undefined;
  /** The route's pattern, never the address: that may hold anything. `*` when no route matched (static pages, 404). */
  readonly route: string;
  readonly statusCode: number;
  readonly latencyMs: number;
  readonly masjidId?: string;
  readonly connectionID?: string | number;
  /** Whom the token named. */
  readonly actor?: string;
  readonly code?: string;
}

export function requestLine(request: IncomingMessage, response: ServerResponse, latencyMs: number): RequestLine {
  const connectionID: unknown = (request as Partial<Request<unknown, unknown, Record<string, unknown>>>).body?.[
    'connectionID'
  ];
  const { actor } = request as ActingRequest;
  const code = answeredErrorCode(response as Response);
  return {
    method: request.method,
    route: routeOf(request),
    statusCode: statusOf(response),
    latencyMs,
    ...(isClientLabel(connectionID) ? { masjidId: String(connectionID), connectionID } : {}),
    ...(actor === undefined ? {} : { actor: actor.sub }),
    ...(code === undefined ? {} : { code }),
  };
}

export function messageOf(response: ServerResponse): string {
  return response.writableEnded ? 'request completed' : 'request aborted';
}

export function levelOf(request: IncomingMessage, response: ServerResponse): LevelWithSilent {
  const statusCode = statusOf(response);
  if (statusCode === 500) return 'error';
  if (statusCode > 500) return 'warn';
  // A flood must not fill the disk: whoever refuses it tells of it once, and not with every call.
  if (statusCode === 429) return 'debug';
  return statusCode < 400 && PROBE_ROUTES.includes(routeOf(request)) ? 'debug' : 'info';
}

function statusOf({ statusCode, writableEnded }: ServerResponse): number {
  return writableEnded ? statusCode : CLIENT_CLOSED_REQUEST;
}

/** The pattern of the route that took the call; `*` when none did. */
export function routeOf(request: IncomingMessage): string {
  const route = (request as { readonly route?: { readonly path?: unknown } }).route?.path;
  // Before the controller it is the pattern of a middleware: a wildcard, or the route with a slash at its end.
  if (typeof route !== 'string' || route.includes('*')) return '*';
  return route.replace(/(?<=.)\/$/, '');
}
