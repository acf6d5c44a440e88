import type { IncomingMessage, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import process from 'node:process';
import type { Params } from 'nestjs-pino';
import { destination, stdTimeFunctions, type LevelWithSilent } from 'pino';
import type { Options } from 'pino-http';
import type { AppConfig } from '../config/app-config.js';
import type { SecretsService } from '../config/secrets.js';
import { REQUEST_ID_HEADER, chooseRequestId } from '../http/request-id.js';
import { levelOf, messageOf, requestLine } from './request-log.js';
import { scrub, writtenForms } from './scrub.js';

/** Whoever reads the log may stop reading; beyond this, lines are lost, and not the server. */
const MAX_UNWRITTEN_BYTES = 8 * 1024 * 1024;

/** One JSON line a request, and JSON for all else: no body, SDP, header or query ever gets into it. */
export function logParams(
  environment: AppConfig['environment'],
  level: LevelWithSilent,
  secrets: SecretsService,
): Params {
  const options = logOptions(level, secrets);
  if (environment === 'development' && process.stdout.isTTY && hasPrettyPrinter()) {
    const transport = { target: 'pino-pretty', options: { ignore: 'pid,hostname', singleLine: true } };
    return { pinoHttp: { ...options, transport } };
  }
  return { pinoHttp: [options, openLog(1)] };
}

let droppedLines = 0;

/** Lines that were lost since the process began, because nobody read the log. */
export function droppedLogLines(): number {
  return droppedLines;
}

/** Written by a thread, so that a slow disk or reader keeps no call waiting; what is unwritten at the exit is written then. */
export function openLog(dest: number | string): ReturnType<typeof destination> {
  const log = destination({ dest, sync: false, maxLength: MAX_UNWRITTEN_BYTES });
  log.on('drop', () => {
    droppedLines += 1;
  });
  return log;
}

/** @param secrets what is in force goes out of no line */
export function logOptions(level: LevelWithSilent, secrets: SecretsService): Options {
  let known = writtenForms(secrets);
  secrets.events.on('replaced', () => (known = writtenForms(secrets)));
  return {
    level,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    hooks: { streamWrite: (line) => scrub(line, known) },
    quietReqLogger: true,
    quietResLogger: true,
    customAttributeKeys: { reqId: 'requestId', responseTime: 'latencyMs' },
    genReqId: (request, response) => {
      const id = chooseRequestId(request);
      response.setHeader(REQUEST_ID_HEADER, id);
      return id;
    },
    customLogLevel: levelOf,
    customSuccessMessage: (_request, response) => messageOf(response),
    customSuccessObject: (request: IncomingMessage, response: ServerResponse, line: { latencyMs: number }) =>
      requestLine(request, response, line.latencyMs),
    // The error itself was logged where it was caught.
    customErrorObject: (request, response, _error, line: { latencyMs: number }) =>
      requestLine(request, response, line.latencyMs),
    customErrorMessage: () => 'request failed',
  };
}

/** It is a development dependency: an installation without those logs JSON. */
function hasPrettyPrinter(): boolean {
  try {
    createRequire(import.meta.url).resolve('pino-pretty');
    return true;
  } catch {
    return false;
  }
}
