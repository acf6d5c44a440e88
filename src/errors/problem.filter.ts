import { randomUUID } from 'node:crypto';
import { Catch, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Response } from 'express';
import type { ErrorCode } from './app-error.js';
import { ChallengedError } from './auth-errors.js';
import { retryAfterSeconds, toProblem } from './problem.js';

/** The one exit for errors: everything thrown anywhere becomes `application/problem+json`. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger(ProblemFilter.name);

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<{ readonly id?: string }>();
    const response = http.getResponse<Response>();
    const problem = toProblem(thrown, request.id ?? randomUUID());

    if (problem.code === 'internal_error') {
      this.logger.error(thrown instanceof Error ? thrown : new Error(`thrown: ${typeof thrown}`));
    } else if (request.id === undefined) {
      // An address that cannot be decoded fails before the request log sees it, which would leave no line at all.
      const { code, status: statusCode, requestId } = problem;
      this.logger.log({ requestId, statusCode, code, msg: 'request refused before routing' });
    }
    // Half an answer cannot be turned into a problem; cutting it off at least shows that it is not whole.
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const retryAfter = retryAfterSeconds(thrown, problem);
    if (retryAfter !== undefined) response.setHeader('Retry-After', String(retryAfter));
    if (thrown instanceof ChallengedError) response.setHeader('WWW-Authenticate', thrown.challenge);
    response.locals['errorCode'] = problem.code;
    response
      .status(problem.status)
      .setHeader('X-Request-Id', problem.requestId)
      .setHeader('Cache-Control', 'no-store')
      .type('application/problem+json')
      .send(JSON.stringify(problem));
  }
}

/** The code of the problem that was answered, if one was. */
export function answeredErrorCode(response: Pick<Response, 'locals'>): ErrorCode | undefined {
  return response.locals['errorCode'] as ErrorCode | undefined;
}
