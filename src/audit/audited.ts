import {
  Injectable,
  SetMetadata,
  UseInterceptors,
  applyDecorators,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { tap, type Observable } from 'rxjs';
import { callerOf, type ActingRequest, type Caller } from '../caller/caller.js';
import type { AuditEvent } from './audit-events.js';
import { AuditLog } from './audit-log.js';

type WithoutCaller<Event> = Event extends { readonly userAgent: unknown; readonly requestId: unknown }
  ? Omit<Event, Exclude<keyof Caller, 'masjidId'>>
  : never;

/** An event that a call caused, without what is known of its caller. */
export type CallEvent = WithoutCaller<AuditEvent>;

const AUDITED = 'azaan:audited';

/** Records every call of a route that succeeded; `describe` turns what the route answers into the event. */
export function Audited(describe: (result: never) => CallEvent): MethodDecorator {
  return applyDecorators(SetMetadata(AUDITED, describe), UseInterceptors(AuditInterceptor));
}

@Injectable()
export class AuditInterceptor implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly audit: AuditLog,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const describe = this.reflector.get<(result: unknown) => CallEvent>(AUDITED, context.getHandler());
    const caller = callerOf(context.switchToHttp().getRequest<ActingRequest>());
    return next.handle().pipe(tap((result) => this.audit.record({ ...caller, ...describe(result) })));
  }
}
