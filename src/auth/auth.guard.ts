import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuditLog } from '../audit/audit-log.js';
import type { Actor } from '../caller/actor.js';
import { callerOf, type ActingRequest } from '../caller/caller.js';
import { connectionIdOf, connectionIdProblem } from '../caller/connection-id.js';
import { IpAllowList } from '../caller/ip-allow-list.js';
import type { AuthConfig, StatusConfig } from '../config/app-config.js';
import { InjectConfig } from '../config/config.module.js';
import { MalformedRequestError, type AppError } from '../errors/app-error.js';
import { InsufficientScopeError, InvalidTokenError, TokenMissingError } from '../errors/auth-errors.js';
import { routeOf } from '../http/route-of.js';
import { declaredAccess, type TokenAccess } from './access.js';
import { bearerToken } from './bearer-token.js';
import { TokenDeniedError, type Denial } from './denial.js';
import { TokenVerifier } from './token-verifier.js';

/**
 * Stands before every route. It looks at the token and the body and never at the relay, so that a refusal tells nothing
 * about which broadcasts exist.
 */
@Injectable()
export class AuthGuard implements CanActivate {
  private readonly statusAddresses: IpAllowList;

  constructor(
    private readonly reflector: Reflector,
    private readonly tokens: TokenVerifier,
    private readonly audit: AuditLog,
    @InjectConfig('auth') private readonly config: AuthConfig,
    @InjectConfig('status') status: StatusConfig,
  ) {
    this.statusAddresses = new IpAllowList(status.allowIps);
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const route = context.getHandler();
    const access = declaredAccess(this.reflector, route);
    if (access === undefined)
      throw new Error(`${context.getClass().name}.${route.name} does not declare who may call it`);
    if ('public' in access) return true;

    const request = context.switchToHttp().getRequest<ActingRequest>();
    const presented = bearerToken(request);
    switch (presented.kind) {
      case 'nothing':
        if (access.openTo === 'listeners' && this.config.listenerAuth === 'open') return true;
        if (access.openTo === 'status addresses' && this.statusAddresses.has(request.ip)) return true;
        throw this.denied(request, 'no_token', new TokenMissingError());
      case 'unusable':
        throw this.denied(request, presented.reason, invalidToken(presented.reason));
      case 'token':
        request.actor = await this.actorOf(presented.token, request);
        this.authorize(request.actor, access, request);
        return true;
      default:
        return presented satisfies never;
    }
  }

  private async actorOf(token: string, request: ActingRequest): Promise<Actor> {
    try {
      return await this.tokens.verify(token);
    } catch (error) {
      if (!(error instanceof TokenDeniedError)) throw error;
      throw this.denied(request, error.reason, invalidToken(error.reason));
    }
  }

  private authorize(actor: Actor, access: TokenAccess, request: ActingRequest): void {
    if (!access.roles.includes(actor.role)) {
      const detail = `This call needs a token of another role: ${access.roles.join(' or ')}.`;
      throw this.denied(request, 'wrong_role', new InsufficientScopeError(detail));
    }
    if (access.ownMasjid !== true || actor.role === 'admin') return;
    const asked = connectionIdOf(request);
    const problem = connectionIdProblem(asked);
    if (problem !== undefined) throw new MalformedRequestError(`connectionID ${problem}.`);
    if (String(asked) === actor.masjidId) return;
    throw this.denied(request, 'other_masjid', new InsufficientScopeError('The token is for another masjid.'));
  }

  private denied(request: ActingRequest, reason: Denial, error: AppError): AppError {
    const { method } = request;
    this.audit.record({ event: 'auth.denied', ...callerOf(request), reason, method, route: routeOf(request) });
    return error;
  }
}

/** Only what the holder of a real token needs to know: a forger learns nothing from the difference. */
function invalidToken(reason: Denial): InvalidTokenError {
  if (reason === 'expired') return new InvalidTokenError('The token has expired.');
  if (reason === 'not_yet_valid' || reason === 'issued_in_the_future') {
    return new InvalidTokenError('The token is not valid yet.');
  }
  if (reason === 'several_tokens') return new InvalidTokenError('Send one token, in one Authorization header.');
  return new InvalidTokenError('The token is not valid here.');
}
