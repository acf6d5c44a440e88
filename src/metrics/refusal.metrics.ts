import { Injectable, type NestMiddleware } from '@nestjs/common';
import { InjectMetric, makeCounterProvider } from '@willsoto/nestjs-prometheus';
import type { NextFunction, Request, Response } from 'express';
import type { Counter } from 'prom-client';
import { answeredErrorCode } from '../errors/problem.filter.js';
import { ERROR_CODES } from '../errors/problem.js';
import { routeOf } from '../http/route-of.js';

const NAME = 'azaan_http_refusals_total';

/** The calls that make broadcasters and listeners. */
const ROUTES: readonly string[] = ['/broadcast', '/consumer'];

export const refusalMetric = makeCounterProvider({
  name: NAME,
  help: 'Offers that were refused, by the route and the code of the problem that was answered',
  labelNames: ['route', 'code'],
});

/** Counts each offer that was refused: by a body parser, a limit, a guard, or the relay, which most never reach. */
@Injectable()
export class RefusalMiddleware implements NestMiddleware {
  constructor(@InjectMetric(NAME) private readonly refusals: Counter<'route' | 'code'>) {
    for (const route of ROUTES) {
      for (const code of ERROR_CODES) refusals.inc({ route, code }, 0);
    }
  }

  use(request: Request, response: Response, next: NextFunction): void {
    response.once('finish', () => {
      const code = answeredErrorCode(response);
      const route = routeOf(request);
      if (code !== undefined && request.method === 'POST' && ROUTES.includes(route)) this.refusals.inc({ route, code });
    });
    next();
  }
}
