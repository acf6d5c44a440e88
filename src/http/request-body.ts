import express, { type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import { AppError, MalformedRequestError } from '../errors/app-error.js';

/** JSON or form, before decompression and after it. */
const MAX_BODY_BYTES = 64 * 1024;

/** Deeper bodies are nobody's, and would exhaust the stack of code that walks them. */
const MAX_NESTING = 16;

/** Reads the bodies of calls that need one. In order: refuse what is not read here, read it, bound its depth. */
export const requestBody: readonly RequestHandler[] = [
  requireKnownBody,
  express.json({ limit: MAX_BODY_BYTES }),
  // Extended, so that `sdp[type]` and `sdp[sdp]` of a form become one object.
  express.urlencoded({ limit: MAX_BODY_BYTES, extended: true }),
  boundNesting,
];

function requireKnownBody(request: Request, _response: Response, next: NextFunction): void {
  if (request.method !== 'POST') {
    next();
    return;
  }
  const hasBody = request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length']) > 0;
  if (!hasBody) {
    next(new MalformedRequestError('The request has no body; send a JSON object.'));
  } else if (!request.is(['application/json', 'application/x-www-form-urlencoded'])) {
    next(
      new AppError('unsupported_media_type', 'Send the body as application/json or application/x-www-form-urlencoded.'),
    );
  } else {
    next();
  }
}

function boundNesting(request: Request, _response: Response, next: NextFunction): void {
  next(
    isDeeperThan(request.body, MAX_NESTING)
      ? new MalformedRequestError(`The body is nested more than ${MAX_NESTING} levels deep.`)
      : undefined,
  );
}

/** Layer by layer, because recursion is what it protects from. */
export function isDeeperThan(value: unknown, levels: number): boolean {
  let layer = [value].filter(isObject);
  for (let level = 0; level < levels && layer.length > 0; level += 1) {
    layer = layer.flatMap((item) => Object.values(item).filter(isObject));
  }
  return layer.length > 0;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
