import { describe, expect, it } from 'vitest';
import { connectionIdProblem, isClientLabel } from './connection-id.js';

describe('a connectionID', () => {
  it.each(['a', '42', 'masjid-an-noor', ' ', 'مسجد النور', '😀', 'x'.repeat(128), 0, -1.5, 42])(
    'may be %j',
    (value) => {
      expect(isClientLabel(value)).toBe(true);
    },
  );

  it.each([
    ['missing', undefined, 'must be a string or a number'],
    ['null', null, 'must be a string or a number'],
    ['an object', {}, 'must be a string or a number'],
    ['an array', ['a'], 'must be a string or a number'],
    ['a boolean', true, 'must be a string or a number'],
    ['not a number', Number.NaN, 'must be a finite number'],
    ['beyond all numbers', Number.POSITIVE_INFINITY, 'must be a finite number'],
    ['empty', '', 'must be 1 to 128 characters long'],
    ['10 kB long', 'x'.repeat(10_240), 'must be 1 to 128 characters long'],
    ['a NUL byte', 'a\0b', 'must not hold control characters'],
    ['a line end', 'a\nb', 'must not hold control characters'],
    ['half a character', '\ud83d', 'must not hold control characters'],
    ['__proto__', '__proto__', 'is a reserved name'],
    ['constructor', 'constructor', 'is a reserved name'],
    ['toString', 'toString', 'is a reserved name'],
  ])('may not be %s', (_, value, problem) => {
    expect(connectionIdProblem(value)).toBe(problem);
  });
});
