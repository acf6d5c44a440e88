import { Injectable, type NestMiddleware } from '@nestjs/common';
import type { NextFunction, Response } from 'express';
import { callerOf, type ActingRequest } from '../caller/caller.js';
import { answeredErrorCode } from '../errors/problem.filter.js';
import { Conduct } from './conduct.js';

/** Remembers how each call ended, wherever it was refused: by a body parser, a guard, or the relay. */
@Injectable()
export class ConductMiddleware implements NestMiddleware {
  constructor(private readonly conduct: Conduct) {}

  use(request: ActingRequest, response: Response, next: NextFunction): void {
    response.once('finish', () => this.ended(request, response));
    next();
  }

  private ended(request: ActingRequest, response: Response): void {
    const caller = callerOf(request);
    const code = answeredErrorCode(response);
    const hasBody = request.method === 'POST';
    if (hasBody && (code === 'malformed_sdp' || code === 'malformed_request')) {
      this.conduct.failed('input', caller, code);
    }
    if (code === 'unauthenticated' || code === 'forbidden') this.conduct.failed('credentials', caller, code);
    if (code !== undefined) return;
    if (hasBody) this.conduct.succeeded('input', caller);
    if (caller.actor !== undefined) this.conduct.succeeded('credentials', caller);
  }
}
