import request, { type Response, type Test } from 'supertest';
import { beforeEach, expect } from 'vitest';
import { ofAnotherClient, recordedOffer } from './offers.js';
import { broadcasterOf } from './tokens.js';

export const SPEAKER = recordedOffer('chromium-156-broadcaster');
export const LISTENER = recordedOffer('chromium-156-listener');
/** An offer that the relay refuses with `malformed_sdp`. */
export const MALFORMED = LISTENER.replace(/^a=fingerprint.*$/m, 'a=x-was-a-fingerprint');

type Server = Pick<{ readonly url: string }, 'url'>;
type Headers = Readonly<Record<string, string>>;

/** Asks to listen, as the old apps do; every call is of a client of its own. */
export function join({ url }: Server, connectionID: string, headers: Headers = {}, sdp = LISTENER): Test {
  return request(url)
    .post('/consumer')
    .set(headers)
    .send({ connectionID, sdp: ofAnotherClient(sdp) });
}

/** Begins to broadcast, with the right token unless the headers have another one. */
export async function broadcast({ url }: Server, connectionID: string, headers: Headers = {}): Promise<Response> {
  const authorized = { Authorization: await broadcasterOf(connectionID), ...headers };
  return request(url).post('/broadcast').set(authorized).send({ connectionID, sdp: SPEAKER });
}

/** Whole problem details (RFC 9457) of one code. */
export function expectProblem({ status, headers, text }: Response, expected: number, code: string): void {
  expect(status, text).toBe(expected);
  expect(headers['content-type']).toMatch(/^application\/problem\+json/);
  const problem = JSON.parse(text) as Readonly<Record<string, unknown>>;
  expect(Object.keys(problem).sort()).toEqual(['code', 'detail', 'requestId', 'status', 'title', 'type']);
  const requestId = headers['x-request-id'];
  expect(problem).toMatchObject({ type: `urn:azaan-relay:problem:${code}`, status: expected, code, requestId });
  expect(text).not.toMatch(/Error:|node_modules|\.ts\b|\.js\b|a=ice|a=fingerprint/);
}

/** A refusal that says when to come back, in 1 s to `longestSeconds`. */
export function expectWait(
  answer: Response,
  code: 'rate_limited' | 'temporarily_banned',
  longestSeconds: number,
): void {
  expectProblem(answer, 429, code);
  const seconds = Number(answer.headers['retry-after']);
  expect(seconds).toBeGreaterThanOrEqual(1);
  expect(seconds).toBeLessThanOrEqual(longestSeconds);
}

/** Gives every test an address of its own, for servers that count by address. */
export function addressOfEachTest(): { readonly current: string } {
  let tests = 0;
  beforeEach(() => {
    tests += 1;
  });
  return {
    get current() {
      return `203.0.113.${tests}`;
    },
  };
}
