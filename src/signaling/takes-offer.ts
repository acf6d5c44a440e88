import { HttpCode, applyDecorators } from '@nestjs/common';
import { ApiConsumes } from '@nestjs/swagger';
import { ApiProblems } from '../http/api-docs.js';

/** A route that takes an offer and answers 200, with what all of them refuse in the API documentation. */
export function TakesOffer(): MethodDecorator {
  return applyDecorators(
    HttpCode(200),
    ApiConsumes('application/json', 'application/x-www-form-urlencoded'),
    ApiProblems({
      400: 'The body or the SDP is malformed.',
      413: 'The body is larger than 64 kB.',
      415: 'The body is neither JSON nor a form.',
      422: 'The offer holds no usable Opus audio, or is of an ICE-lite agent.',
      503: 'A limit is reached, or the server is stopping; Retry-After says when to try again.',
    }),
  );
}
