import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { Logger } from '@nestjs/common';
import { toProblem, type Problem } from '../errors/problem.js';
import { REQUEST_ID_HEADER } from './request-id.js';

/**
 * Answers what never became a whole request, which no middleware or filter sees: bytes that are no HTTP, headers too
 * large, and calls that take too long to arrive. The connection is closed in every case.
 */
export function answerClientErrors(server: Server): void {
  const logger = new Logger('ClientErrors');
  const answers = new WeakMap<Duplex, ServerResponse>();
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    answers.set(socket, response);
    // The connection may stay for long, and a call holds its whole body.
    response.once('close', () => {
      if (answers.get(socket) === response) answers.delete(socket);
    });
  });

  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    const answer = answers.get(socket);
    // A second answer within the first would be taken for its body.
    const isHalfAnswered = answer?.headersSent === true && !answer.writableFinished;
    if (error.code === 'ECONNRESET' || !socket.writable || isHalfAnswered) {
      socket.destroy();
      return;
    }
    const problem = toProblem({ statusCode: statusOf(error) }, randomUUID());
    const { requestId, code, status: statusCode } = problem;
    logger.debug({ requestId, statusCode, code, msg: 'no request came of it' });
    // A caller that never closes its side must not keep the connection.
    socket.end(rawResponse(problem), () => socket.destroy());
  });
}

function statusOf({ code }: NodeJS.ErrnoException): number {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 408;
  return code === 'HPE_HEADER_OVERFLOW' ? 431 : 400;
}

/** By hand, because there is no request that Node could make a response for. */
function rawResponse(problem: Problem): string {
  const body = JSON.stringify(problem);
  return [
    `HTTP/1.1 ${problem.status} ${problem.title}`,
    'Content-Type: application/problem+json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `${REQUEST_ID_HEADER}: ${problem.requestId}`,
    'Cache-Control: no-store',
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}
