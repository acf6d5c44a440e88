import 'reflect-metadata';
import { flushCompileCache } from 'node:module';
import type { AddressInfo } from 'node:net';
import process from 'node:process';
import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { PinoLogger } from 'nestjs-pino';
import { AppModule } from './app.module.js';
import { developmentTokens } from './auth/development-tokens.js';
import { TokenIssuer } from './auth/token-issuer.js';
import type { AppConfig } from './config/app-config.js';
import { ConfigError } from './config/config-error.js';
import { processConfig } from './config/process-config.js';
import { SecretsService } from './config/secrets.js';
import { serveApiDocs } from './http/api-docs.js';
import { configureHttp } from './http/configure-http.js';
import { AppLogger } from './logging/app-logger.js';
import { debugOnSignal } from './process/debug-on-signal.js';
import { reloadOnHangup } from './process/reload-on-hangup.js';
import { stopOnSignals } from './process/stop-on-signals.js';
import { WorkerRefusal } from './relay/media-worker.js';

async function start(config: AppConfig): Promise<void> {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest declares its options as a class, and documents literals.
  const app = await NestFactory.create<NestExpressApplication>(AppModule.forRoot(config), {
    abortOnError: false,
    bodyParser: false,
    bufferLogs: true,
  });
  app.useLogger(app.get(AppLogger));
  configureHttp(app, config.http);
  if (config.http.docs) serveApiDocs(app);
  stopOnSignals(app);
  reloadOnHangup(app.get(SecretsService));
  debugOnSignal(PinoLogger.root);
  await app.listen(config.http.port, config.http.host);
  // Of NODE_COMPILE_CACHE, where it is set: a server that is killed writes nothing any more.
  flushCompileCache();

  const { port } = app.getHttpServer().address() as AddressInfo;
  const url = `http://${config.http.host.includes(':') ? `[${config.http.host}]` : config.http.host}:${port}`;
  const logger = new Logger('Server');
  logger.log({ msg: 'listening', url });
  if (app.get(SecretsService).hasMadeUpKey) {
    // Beside the log, which no token ever gets into.
    for (const line of await developmentTokens(app.get(TokenIssuer), config.auth)) process.stderr.write(`${line}\n`);
  }
  if (config.environment === 'development') logger.log(`listen at ${url}/, broadcast at ${url}/broadcaster`);
}

/** The lines to show for a start that failed: a person reads them, so no stack where the cause is known. */
function explain(error: unknown): string {
  if (error instanceof ConfigError) return error.problems.join('\n');
  if (error instanceof WorkerRefusal) return error.message;
  if (!(error instanceof Error)) return 'unknown error';
  if ('code' in error && error.code === 'EADDRINUSE') {
    return 'the address is in use already: stop the other server, or choose another HOST or PORT';
  }
  return error.stack ?? error.message;
}

try {
  await start(processConfig());
} catch (error) {
  process.stderr.write(`azaan-relay cannot start:\n${explain(error)}\n`);
  process.exit(1);
}
