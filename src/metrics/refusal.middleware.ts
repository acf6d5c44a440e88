import { Injectable } from '@nestjs/common';
import type { NestMiddleware } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { answeredErrorCode } from '../errors/problem.filter.js';
import { routeOf } from '../http/route-of.js';
import { RelayMetrics } from './relay-metrics.js';

/** Tells the metrics of each offer that was refused: by a body parser, a limit, a guard, or the relay. */
@Injectable()
export class RefusalMiddleware implements NestMiddleware {
  constructor(private readonly metrics: RelayMetrics) {}

  use(request: Request, response: Response, next: NextFunction): void {
    response.once('finish', () => {
      const code = answeredErrorCode(response);
      if (code !== undefined && request.method === 'POST') this.metrics.refusals.refused(routeOf(request), code);
    });
    next();
  }
}
