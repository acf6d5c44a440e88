import type { Server } from 'node:http';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { HttpConfig } from '../config/app-config.js';
import { answerClientErrors } from './client-errors.js';
import { REQUEST_ID_HEADER } from './request-id.js';
import { securityHeaders } from './security-headers.js';

/** Longer than a proxy keeps its idle connections (nginx: 60 s), so that it never meets one that just closed. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
/** Slow callers are looked for this often; Node's own 30 s would be longer than what they are given. */
const TIMEOUT_CHECK_MS = 1_000;
const CORS_MAX_AGE_SECONDS = 600;

/** Nest creates the server without options, and Node reads this one only when it begins to listen. */
type CheckingServer = Server & { connectionsCheckingInterval?: number };

/** What concerns every call: who is believed about addresses, who may call from a browser, how long a call may take. */
export function configureHttp(app: NestExpressApplication, config: HttpConfig): void {
  app.disable('x-powered-by');
  // Answers change with every call; only static pages are worth asking about again.
  app.set('etag', false);
  // The reverse proxy is on this machine, and overwrites X-Forwarded-For.
  app.set('trust proxy', 'loopback');
  app.use(securityHeaders);

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

  const server: CheckingServer = app.getHttpServer();
  server.headersTimeout = config.headersTimeoutMs;
  server.requestTimeout = config.requestTimeoutMs;
  server.keepAliveTimeout = KEEP_ALIVE_TIMEOUT_MS;
  server.connectionsCheckingInterval = Math.min(TIMEOUT_CHECK_MS, config.headersTimeoutMs);
  answerClientErrors(server);
}
