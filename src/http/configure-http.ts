import type { Server } from 'node:http';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { HttpConfig } from '../config/app-config.js';
import { REQUEST_ID_HEADER } from './request-id.js';

const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 20_000;
/** Longer than a proxy keeps its idle connections (nginx: 60 s), so that it never meets one that just closed. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
const CORS_MAX_AGE_SECONDS = 600;

/** What concerns every call: who is believed about addresses, who may call from a browser, how long a call may take. */
export function configureHttp(app: NestExpressApplication, config: HttpConfig): void {
  app.disable('x-powered-by');
  // Answers change with every call; only static pages are worth asking about again.
  app.set('etag', false);
  // The reverse proxy is on this machine, and overwrites X-Forwarded-For.
  app.set('trust proxy', 'loopback');

  if (config.corsOrigins.length > 0) {
    app.enableCors({
      origin: config.corsOrigins.includes('*') ? '*' : [...config.corsOrigins],
      methods: ['GET', 'POST'],
      allowedHeaders: ['Content-Type', 'Authorization', REQUEST_ID_HEADER],
      exposedHeaders: [REQUEST_ID_HEADER, 'Retry-After'],
      credentials: false,
      maxAge: CORS_MAX_AGE_SECONDS,
    });
  }

  const server: Server = app.getHttpServer();
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.keepAliveTimeout = KEEP_ALIVE_TIMEOUT_MS;
}
