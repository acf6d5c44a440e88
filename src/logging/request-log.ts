import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Response } from 'express';
import type { LevelWithSilent } from 'pino';
import { callerOf, type ActingRequest } from '../caller/caller.js';
import { connectionIdOf } from '../caller/connection-id.js';
import { answeredErrorCode } from '../errors/problem.filter.js';
import { routeOf } from '../http/route-of.js';

/** Asked every few seconds by machines; their lines would bury the others. `/status` and the bans have theirs in the audit log. */
const PROBE_ROUTES: readonly unknown[] = ['/healthz', '/readyz', '/metrics', '/status', '/admin/bans'];

/** What nginx tells of a call whose client hung up before the answer: nobody saw any other status. */
const CLIENT_CLOSED_REQUEST = 499;

/** docs/operations/logs.md explains every field. */
interface RequestLine {
  readonly method: string | undefined;
  readonly route: string;
  readonly statusCode: number;
  readonly latencyMs: number;
  readonly masjidId?: string;
  /** As it was sent. */
  readonly connectionID?: unknown;
  /** Whom the token named. */
  readonly actor?: string;
  readonly code?: string;
}

export function requestLine(request: IncomingMessage, response: ServerResponse, latencyMs: number): RequestLine {
  const acting = request as ActingRequest;
  const { actor, masjidId } = callerOf(acting);
  const code = answeredErrorCode(response as Response);
  return {
    method: request.method,
    route: routeOf(request),
    statusCode: statusOf(response),
    latencyMs,
    ...(masjidId === undefined ? {} : { masjidId, connectionID: connectionIdOf(acting) }),
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
