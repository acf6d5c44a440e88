import { BadRequestException, NotFoundException } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { AppError, CapacityError, MalformedSdpError, NoOpusAudioError } from './app-error.js';
import { retryAfterSeconds, toProblem } from './problem.js';

const httpError = (statusCode: number, message: string) => Object.assign(new Error(message), { statusCode });

describe('toProblem', () => {
  it('tells what a refusal of ours says, with its code and a type that never changes', () => {
    expect(toProblem(new NoOpusAudioError('The offer has no Opus.'), 'r1')).toEqual({
      type: 'urn:azaan-relay:problem:no_opus_audio',
      title: 'No usable Opus audio',
      status: 422,
      detail: 'The offer has no Opus.',
      code: 'no_opus_audio',
      requestId: 'r1',
    });
  });

  it.each([
    [new MalformedSdpError('x'), 400, 'malformed_sdp'],
    [new AppError('unauthenticated', 'x'), 401, 'unauthenticated'],
    [new AppError('rate_limited', 'x'), 429, 'rate_limited'],
    [new CapacityError('x'), 503, 'capacity_reached'],
    [new NotFoundException('Cannot GET /secret'), 404, 'not_found'],
    [new BadRequestException(), 400, 'malformed_request'],
    [httpError(413, 'request entity too large'), 413, 'payload_too_large'],
    [httpError(415, 'unsupported charset "X"'), 415, 'unsupported_media_type'],
    [new AppError('temporarily_banned', 'x'), 429, 'temporarily_banned'],
    [httpError(408, 'x'), 408, 'request_timeout'],
    [httpError(431, 'x'), 431, 'headers_too_large'],
    [httpError(418, 'short and stout'), 400, 'malformed_request'],
    [httpError(502, 'elsewhere'), 500, 'internal_error'],
    [new TypeError('undefined is not a function'), 500, 'internal_error'],
    ['a string', 500, 'internal_error'],
    [null, 500, 'internal_error'],
  ])('turns %s into %i %s', (thrown, status, code) => {
    expect(toProblem(thrown, 'r1')).toMatchObject({ status, code });
  });

  it.each([
    new BadRequestException(`Unexpected token 'v', "v=0 o=- secret" is not valid JSON`),
    httpError(400, 'v=0 o=- secret'),
    new Error('secret'),
  ])('repeats nothing of what a framework says, which may quote the body', (thrown) => {
    expect(JSON.stringify(toProblem(thrown, 'r1'))).not.toContain('secret');
  });
});

describe('Retry-After', () => {
  const secondsOf = (thrown: unknown) => retryAfterSeconds(thrown, toProblem(thrown, 'r1'));

  it('is what the refusal says', () => {
    expect(secondsOf(new CapacityError('x', 17))).toBe(17);
  });

  it('is never missing when the refusal passes with time', () => {
    expect(secondsOf(new AppError('rate_limited', 'x'))).toBe(5);
    expect(secondsOf(httpError(429, 'x'))).toBe(5);
  });

  it('is left out when waiting does not help', () => {
    expect(secondsOf(new MalformedSdpError('x'))).toBeUndefined();
  });
});
