import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { chooseRequestId } from './request-id.js';

const chosen = (header: string | undefined) =>
  chooseRequestId({ headers: { 'x-request-id': header } } as unknown as IncomingMessage);

describe('a request id', () => {
  it('is the one that the caller gave', () => {
    expect(chosen('0b6e1f0c.6b1c_4A4e-9a43')).toBe('0b6e1f0c.6b1c_4A4e-9a43');
  });

  it.each([undefined, '', 'two words', 'x'.repeat(65), '{"level":"fatal"}', 'é'])(
    'is made up instead of %j',
    (header) => {
      expect(chosen(header)).toMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
    },
  );
});
