import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import type { Actor } from './actor.js';
import { connectionIdOf, isClientLabel } from './connection-id.js';

const MAX_USER_AGENT_LENGTH = 200;

/** Who asks, as far as it is known, and about which masjid: for limits, logs and audit. */
export interface Caller {
  readonly requestId: string;
  /** As seen through a reverse proxy on this machine. */
  readonly address: string;
  /** Cut to 200 characters, which may be anything. */
  readonly userAgent: string | undefined;
  /** Absent when no token was shown, or none was needed. */
  readonly actor: Actor | undefined;
  /** The broadcast that the body names, as text; absent when it names none, or was not read yet. */
  readonly masjidId: string | undefined;
}

/** A request after the guard has seen it. */
export type ActingRequest = Request & { readonly id: string; actor?: Actor };

export function callerOf(request: ActingRequest): Caller {
  const { id: requestId, ip, headers, actor } = request;
  const connectionID = connectionIdOf(request);
  return {
    requestId,
    // A connection that broke meanwhile has no address any more.
    address: ip ?? 'unknown',
    userAgent: headers['user-agent']?.slice(0, MAX_USER_AGENT_LENGTH),
    actor,
    masjidId: isClientLabel(connectionID) ? String(connectionID) : undefined,
  };
}

/** The caller of the current request. */
export const FromCaller = createParamDecorator((_: unknown, context: ExecutionContext): Caller =>
  callerOf(context.switchToHttp().getRequest<ActingRequest>()),
);
