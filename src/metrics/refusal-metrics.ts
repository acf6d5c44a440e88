import { Counter } from 'prom-client';
import type { Registry } from 'prom-client';
import type { ErrorCode } from '../errors/app-error.js';
import { ERROR_CODES } from '../errors/problem.js';

/** The calls that make broadcasters and listeners. */
const ROUTES: readonly string[] = ['/broadcast', '/consumer'];

/** Counts the refused ones of these calls, wherever it was done: most of them never reach the relay. */
export class RefusalMetrics {
  private readonly refusals: Counter<'route' | 'code'>;

  constructor(registry: Registry) {
    this.refusals = new Counter({
      name: 'azaan_http_refusals_total',
      help: 'Offers that were refused, by the route and the code of the problem that was answered',
      labelNames: ['route', 'code'],
      registers: [registry],
    });
    for (const route of ROUTES) {
      for (const code of ERROR_CODES) this.refusals.inc({ route, code }, 0);
    }
  }

  refused(route: string, code: ErrorCode): void {
    if (ROUTES.includes(route)) this.refusals.inc({ route, code });
  }
}
