import type { IncomingMessage, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import process from 'node:process';
import type { Request, Response } from 'express';
import type { Params } from 'nestjs-pino';
import { stdTimeFunctions } from 'pino';
import type { LevelWithSilent } from 'pino';
import type { AppConfig } from '../config/app-config.js';
import { answeredErrorCode } from '../errors/problem.filter.js';
import { isClientLabel } from '../signaling/client-label.js';
import type { ActingRequest } from './caller.js';
import { REQUEST_ID_HEADER, chooseRequestId } from './request-id.js';

/** Asked every few seconds by machines; their lines would bury the others. */
const PROBE_ROUTES: readonly unknown[] = ['/healthz', '/metrics'];

interface RequestLine {
  readonly method: string | undefined;
  /** The route's pattern, never the address: that may hold anything. `*` when no route matched (static pages, 404). */
  readonly route: string;
  readonly statusCode: number;
  readonly latencyMs: number;
  readonly connectionID?: string | number;
  /** Whom the token named. */
  readonly actor?: string;
  readonly code?: string;
}

/** One JSON line a request, and JSON for all else: no body, SDP, header or query ever gets into it. */
export function logParams(environment: AppConfig['environment'], level: LevelWithSilent): Params {
  return {
    pinoHttp: {
      level,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      ...(environment === 'development' && process.stdout.isTTY && hasPrettyPrinter()
        ? { transport: { target: 'pino-pretty', options: { ignore: 'pid,hostname', singleLine: true } } }
        : {}),
      quietReqLogger: true,
      quietResLogger: true,
      customAttributeKeys: { reqId: 'requestId', responseTime: 'latencyMs' },
      genReqId: (request, response) => {
        const id = chooseRequestId(request);
        response.setHeader(REQUEST_ID_HEADER, id);
        return id;
      },
      customLogLevel: (request, response) => levelOf(routeOf(request), response.statusCode),
      customSuccessObject: (request: IncomingMessage, response: ServerResponse, line: { latencyMs: number }) =>
        requestLine(request, response, line.latencyMs),
      // The error itself was logged where it was caught.
      customErrorObject: (request, response, _error, line: { latencyMs: number }) =>
        requestLine(request, response, line.latencyMs),
      customErrorMessage: () => 'request failed',
    },
  };
}

function requestLine(request: IncomingMessage, response: ServerResponse, latencyMs: number): RequestLine {
  const connectionID: unknown = (request as Partial<Request<unknown, unknown, Record<string, unknown>>>).body?.[
    'connectionID'
  ];
  const { actor } = request as ActingRequest;
  const code = answeredErrorCode(response as Response);
  return {
    method: request.method,
    route: routeOf(request),
    statusCode: response.statusCode,
    latencyMs,
    ...(isClientLabel(connectionID) ? { connectionID } : {}),
    ...(actor === undefined ? {} : { actor: actor.sub }),
    ...(code === undefined ? {} : { code }),
  };
}

function routeOf(request: IncomingMessage): string {
  const route = (request as { readonly route?: { readonly path?: unknown } }).route?.path;
  // Before the controller it is the pattern of a middleware: a wildcard, or the route with a slash at its end.
  if (typeof route !== 'string' || route.includes('*')) return '*';
  return route.replace(/(?<=.)\/$/, '');
}

function levelOf(route: string, statusCode: number): LevelWithSilent {
  if (statusCode === 500) return 'error';
  if (statusCode > 500) return 'warn';
  // A flood must not fill the disk: whoever refuses it tells of it once, and not with every call.
  if (statusCode === 429) return 'debug';
  return statusCode < 400 && PROBE_ROUTES.includes(route) ? 'debug' : 'info';
}

/** It is a development dependency: an installation without those logs JSON. */
function hasPrettyPrinter(): boolean {
  try {
    createRequire(import.meta.url).resolve('pino-pretty');
    return true;
  } catch {
    return false;
  }
}
