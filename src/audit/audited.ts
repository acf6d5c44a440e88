import { Injectable, SetMetadata, UseInterceptors, applyDecorators } from '@nestjs/common';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { tap } from 'rxjs';
import type { Observable } from 'rxjs';
import { callerOf } from '../caller/caller.js';
import type { ActingRequest, Caller } from '../caller/caller.js';
import type { AuditEvent } from './audit-events.js';
import { AuditLog } from './audit-log.js';

type DescribeResult = (result: unknown, caller: Caller) => AuditEvent;

const AUDITED = 'azaan:audited';

/** Records every call of a route that succeeded; `describe` turns what the route answers into the event. */
export function Audited(describe: (result: never, caller: Caller) => AuditEvent): MethodDecorator {
  return applyDecorators(SetMetadata(AUDITED, describe), UseInterceptors(AuditInterceptor));
}

@Injectable()
export class AuditInterceptor implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly audit: AuditLog,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const describe = this.reflector.get<DescribeResult>(AUDITED, context.getHandler());
    const caller = callerOf(context.switchToHttp().getRequest<ActingRequest>());
    return next.handle().pipe(tap((result) => this.audit.record(describe(result, caller))));
  }
}
