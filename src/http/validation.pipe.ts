import { ValidationPipe } from '@nestjs/common';
import { MalformedRequestError } from '../errors/app-error.js';

/** Checks bodies against their DTO: unknown members are dropped, nothing is converted, every reason is told. */
export function validationPipe(): ValidationPipe {
  return new ValidationPipe({
    whitelist: true,
    transform: true,
    stopAtFirstError: true,
    exceptionFactory: (errors) => {
      const reasons = errors.flatMap(({ constraints }) => Object.values(constraints ?? {}));
      return new MalformedRequestError(reasons.length > 0 ? `${reasons.join('; ')}.` : 'The body must be an object.');
    },
  });
}
