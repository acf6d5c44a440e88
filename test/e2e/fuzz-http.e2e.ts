import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OFFER_NAMES, recordedOffer } from '../support/offers.js';
import { childrenOf } from '../support/processes.js';
import { sendRaw } from '../support/raw-http.js';
import { startServer, type TestServer } from '../support/server.js';
import { admin, broadcasterOf } from '../support/tokens.js';

const ROUTES = ['/broadcast', '/consumer', '/auth/token', '/ice-servers', '/status', '/healthz', '/readyz', '/metrics'];
const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS'];
const MASJID = 'an-noor';
const MAX_GROWTH_KB = 96 * 1_024;

/** Peers that fuzzing opens by luck are gone soon; what it breaks is looked for, not what it exceeds. */
const SETTINGS = { MEDIA_WORKERS: '1', PEER_CONNECT_TIMEOUT_MS: '1000', API_DOCS: 'true' };

let server: TestServer;
let tokens: readonly string[];

beforeAll(async () => {
  server = await startServer(SETTINGS);
  tokens = [await broadcasterOf(MASJID), await admin(), 'Bearer x', 'Basic eDp5', ''];
});

// Registered first, so that it runs last, whatever the checks below find.
afterAll(() => server.close());

/** Whatever came in, nothing broke: neither a process nor a promise, and nobody was told how it looks inside. */
afterAll(async () => {
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  expect(metrics).toContain('azaan_media_worker_restarts_total 0');
  const log = server.logs().join('\n');
  expect(log).not.toContain('"level":"error"');
  expect(log).not.toContain('"level":"fatal"');
  expect(log).not.toMatch(/v=0\\r|a=ice-pwd|a=fingerprint/);
});

async function residentKb(): Promise<number> {
  const pids = [server.pid, ...(await childrenOf(server.pid))];
  const files = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/status`, 'utf8')));
  return files.reduce((sum, text) => sum + Number(/^VmRSS:\s+(\d+)/m.exec(text)?.[1]), 0);
}

/** Counts what a run met, so that a test can tell that it went deeper than the first refusal. */
class Answers {
  private readonly seen = new Set<number>();

  add(status: number, text: string): void {
    this.seen.add(status);
    if (status >= 500) expect(`${status} ${text}`).toMatch(/^503 /);
    expect(text).not.toMatch(/\bat .*\.js:\d+|node_modules/);
  }

  expectAllOf(statuses: readonly number[]): void {
    expect([...this.seen]).toEqual(expect.arrayContaining([...statuses]));
  }
}

/** The same memory after as before, once the first third has warmed the server up. */
async function expectFlat<T>(
  arbitrary: fc.Arbitrary<T>,
  runs: number,
  act: (value: T) => Promise<void>,
): Promise<void> {
  let warmKb = 0;
  let done = 0;
  const property = fc.asyncProperty(arbitrary, async (value) => {
    await act(value);
    done += 1;
    if (done === Math.ceil(runs / 3)) warmKb = await residentKb();
  });
  await fc.assert(property, { numRuns: runs, endOnFailure: true });
  expect(await residentKb()).toBeLessThan(warmKb + MAX_GROWTH_KB);
}

const offer = fc.constantFrom(...OFFER_NAMES.map(recordedOffer));
const edit = fc.tuple(fc.nat(5_000), fc.nat(40), fc.string({ maxLength: 40 }));
const mutatedOffer = fc
  .tuple(offer, fc.array(edit, { maxLength: 3 }))
  .map(([sdp, edits]) =>
    edits.reduce((text, [at, length, put]) => text.slice(0, at) + put + text.slice(at + length), sdp),
  );
const sdp = fc.oneof(
  { arbitrary: mutatedOffer, weight: 2 },
  { arbitrary: mutatedOffer.map((text) => ({ type: 'offer', sdp: text })), weight: 2 },
  fc.jsonValue(),
);
const label = fc.oneof(fc.constant<unknown>(MASJID), fc.string(), fc.double(), fc.jsonValue());
const jsonBody = fc.oneof(
  { arbitrary: fc.record({ connectionID: fc.constant(MASJID), sdp }), weight: 4 },
  fc.record({ connectionID: label, version: label, sdp }, { requiredKeys: [] }),
  fc.record({ role: fc.constantFrom('broadcaster', 'listener', 'admin', 'x'), masjidId: label, ttlSeconds: label }),
  fc.jsonValue(),
);
const body = fc.oneof(
  { arbitrary: jsonBody.map((value) => Buffer.from(JSON.stringify(value))), weight: 6 },
  jsonBody.map((value) => Buffer.from(JSON.stringify(value).slice(0, -2))),
  fc.uint8Array({ maxLength: 2_000 }).map((bytes) => Buffer.from(bytes)),
);
const headerText = fc.string({ unit: 'binary-ascii', maxLength: 60 }).map((text) => text.replace(/[\r\n\0]/g, ''));
const path = fc.oneof(
  fc.constantFrom(...ROUTES, '/', '/docs-json', '/broadcaster'),
  fc.tuple(fc.constantFrom(...ROUTES), fc.webQueryParameters()).map(([route, query]) => `${route}?${query}`),
  fc.webPath(),
);

/** Each with values that mean something there, besides any text. */
const HEADERS: readonly (readonly [name: string, values: readonly string[]])[] = [
  ['Authorization', ['Bearer', 'Bearer x.y.z', 'Basic eDp5', 'bearer  ', 'Digest']],
  ['Content-Type', ['application/json', 'application/json; charset=utf-7', 'application/x-www-form-urlencoded', 'a/b']],
  ['Content-Encoding', ['gzip', 'br', 'identity', 'x']],
  ['X-Forwarded-For', ['::1', '203.0.113.9', '1.2.3.4, ::ffff:5.6.7.8', '999.1.1.1']],
  ['X-Request-Id', ['a', 'a'.repeat(300), '../..']],
  ['Origin', ['null', 'https://example.org', 'file://']],
  ['Range', ['bytes=0-1', 'bytes=-1', 'bytes=9-1', 'x']],
  ['If-None-Match', ['*', '""', 'W/"x"']],
  ['Expect', ['100-continue', 'x']],
  ['Accept', ['*/*', 'text/html', 'application/json;q=9']],
  ['Accept-Encoding', ['gzip', '*;q=0', 'x']],
  ['Upgrade', ['websocket', 'h2c']],
];
const header = fc
  .constantFrom(...HEADERS)
  .chain(([name, values]) =>
    fc.oneof({ arbitrary: fc.constantFrom(...values), weight: 4 }, headerText).map((value) => `${name}: ${value}`),
  );
/** Says how long the body is, or something else. */
const framing = fc.oneof(
  { arbitrary: fc.constant(undefined), weight: 6 },
  fc.constantFrom('Content-Length: 0', 'Content-Length: 99999', 'Content-Length: -1', 'Transfer-Encoding: chunked'),
);

describe('whatever is posted', () => {
  it('to a route that reads bodies gets an answer or a refusal, and never a 500', async () => {
    const contentType = fc.oneof(
      { arbitrary: fc.constant('application/json'), weight: 6 },
      fc.constantFrom('application/x-www-form-urlencoded', 'text/plain'),
    );
    const token = fc.oneof({ arbitrary: fc.constant(0), weight: 4 }, fc.nat(4));
    const route = fc.constantFrom('/broadcast', '/consumer', '/auth/token');
    const answers = new Answers();
    await expectFlat(fc.tuple(route, body, contentType, token), 1_500, async ([to, bytes, type, whose]) => {
      const headers = { 'content-type': type, authorization: tokens[whose]! };
      const response = await fetch(`${server.url}${to}`, { method: 'POST', headers, body: new Uint8Array(bytes) });
      answers.add(response.status, await response.text());
    });
    answers.expectAllOf([200, 400, 401, 403, 415]);
  });
});

describe('whatever comes over a connection', () => {
  it('that looks like HTTP gets an answer or a refusal, and never a 500', async () => {
    const method = fc.oneof({ arbitrary: fc.constantFrom(...METHODS), weight: 8 }, headerText);
    const request = fc.tuple(method, path, fc.array(header, { maxLength: 5 }), framing, body);
    const answers = new Answers();
    await expectFlat(request, 1_000, async ([verb, target, headers, said, bytes]) => {
      const length = said ?? `Content-Length: ${bytes.length}`;
      const head = [`${verb} ${target} HTTP/1.1`, 'Host: x', 'Connection: close', length, ...headers, '', ''];
      const { statuses, text } = await sendRaw(server.url, Buffer.concat([Buffer.from(head.join('\r\n')), bytes]));
      for (const status of statuses) answers.add(status, text);
    });
    answers.expectAllOf([200, 400, 401, 404]);
  });

  it('and is no HTTP at all is refused or cut off', async () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 3_000 }).map((value) => Buffer.from(value));
    await expectFlat(bytes, 300, async (sent) => {
      const { statuses } = await sendRaw(server.url, sent);
      expect(statuses.filter((status) => status !== 400)).toEqual([]);
    });
  });
});
