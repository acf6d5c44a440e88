import { describe, expect, it } from 'vitest';
import { bearerToken } from './bearer-token.js';

const presented = (...values: string[]) =>
  bearerToken({ headersDistinct: values.length === 0 ? {} : { authorization: values } });

describe('bearerToken', () => {
  it('finds none in a request without the header', () => {
    expect(presented()).toEqual({ kind: 'nothing' });
  });

  it.each(['Bearer aaa.bbb.c-_c', 'bearer aaa.bbb.c-_c', 'BEARER   aaa.bbb.c-_c', ' Bearer aaa.bbb.c-_c '])(
    'reads %j',
    (value) => {
      expect(presented(value)).toEqual({ kind: 'token', token: 'aaa.bbb.c-_c' });
    },
  );

  it.each([
    ['wrong_scheme', ['Basic dXNlcjpwYXNz']],
    ['wrong_scheme', ['aaa.bbb.ccc']],
    ['wrong_scheme', ['']],
    ['malformed_token', ['Bearer']],
    ['malformed_token', ['Bearer a b']],
    ['malformed_token', ['Bearer "aaa"']],
    ['malformed_token', ['Bearer é']],
    ['several_tokens', ['Bearer aaa', 'Bearer bbb']],
    ['several_tokens', ['Bearer aaa', 'Bearer aaa']],
    ['several_tokens', ['Bearer aaa, Bearer bbb']],
    ['several_tokens', ['Basic aaa', 'Bearer bbb']],
  ])('says %s of %j', (reason, values) => {
    expect(presented(...values)).toEqual({ kind: 'unusable', reason });
  });

  it('needs no time for a long line of spaces', () => {
    expect(presented(`Bearer ${' '.repeat(100_000)}é`)).toMatchObject({ kind: 'unusable' });
  });
});
