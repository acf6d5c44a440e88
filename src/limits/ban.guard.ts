import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { declaredAccess } from '../auth/access.js';
import { bearerToken } from '../auth/bearer-token.js';
import { TokenVerifier } from '../auth/token-verifier.js';
import type { Actor } from '../caller/actor.js';
import { callerOf, type ActingRequest } from '../caller/caller.js';
import type { AuthConfig } from '../config/app-config.js';
import { InjectConfig } from '../config/config.module.js';
import { AppError } from '../errors/app-error.js';
import { Conduct, type Fault } from './conduct.js';

/** Refuses banned clients what they are banned from. */
@Injectable()
export class BanGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly tokens: TokenVerifier,
    private readonly conduct: Conduct,
    @InjectConfig('auth') private readonly auth: AuthConfig,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (!this.conduct.anyBans) return true;
    const request = context.switchToHttp().getRequest<ActingRequest>();
    const caller = { ...callerOf(request), actor: await this.actorOf(request) };
    const waitsMs = this.faultsThatMatter(context, request).map((fault) => this.conduct.knock(fault, caller));
    const waitMs = Math.max(0, ...waitsMs);
    if (waitMs === 0) return true;
    throw new AppError(
      'temporarily_banned',
      'Too many calls from here failed; wait before the next one.',
      Math.ceil(waitMs / 1_000),
    );
  }

  private faultsThatMatter(context: ExecutionContext, request: ActingRequest): Fault[] {
    const access = declaredAccess(this.reflector, context.getHandler());
    if (access === undefined || 'public' in access) return [];
    const isOpen = access.openTo === 'listeners' && this.auth.listenerAuth === 'open';
    const needsToken = !isOpen || bearerToken(request).kind !== 'nothing';
    return [
      ...(needsToken ? (['credentials'] as const) : []),
      ...(request.method === 'POST' ? (['input'] as const) : []),
    ];
  }

  /** Before the guard that asks for tokens: a ban must come before that answers 401 again. */
  private async actorOf(request: ActingRequest): Promise<Actor | undefined> {
    const presented = bearerToken(request);
    if (presented.kind !== 'token') return undefined;
    return this.tokens.verify(presented.token).catch(() => undefined);
  }
}
