import { createHmac, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { beforeAll, describe, expect, it } from 'vitest';
import { recordedOffer } from '../support/offers.js';
import { serverForAll, startServer } from '../support/server.js';
import { TEST_JWT_KEYS, admin, broadcasterOf, claims, listenerOf, sign } from '../support/tokens.js';

const OFFER = recordedOffer('chromium-156-broadcaster');
const LISTENER = recordedOffer('chromium-156-listener');
const LIVE = 'live';

const EC = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const RSA = generateKeyPairSync('rsa', { modulusLength: 2048 });
const der = (key: KeyObject) => key.export({ format: 'der', type: 'spki' }).toString('base64');
const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url');
const inSeconds = (seconds: number) => Math.floor(Date.now() / 1_000) + seconds;

type Change = Readonly<Record<string, unknown>>;
const speaker = (masjidId: string, changes: Change = {}) => claims({ role: 'broadcaster', masjidId, ...changes });
const bearer = async (token: string | Promise<string>) => [`Bearer ${await token}`];

/** What a verifier accepts that lets the token choose the algorithm: HS256 with a public key as its secret. */
function confused(masjidId: string): string {
  const body = `${encode({ alg: 'HS256', kid: 'platform' })}.${encode(speaker(masjidId))}`;
  const secret = EC.publicKey.export({ format: 'pem', type: 'spki' });
  return `${body}.${createHmac('sha256', secret).update(body).digest('base64url')}`;
}

interface Reply {
  readonly status: number;
  readonly challenge: string | undefined;
  readonly contentType: string | undefined;
  readonly problem: Readonly<Record<string, unknown>>;
}

/** A call with any number of `Authorization` headers, which `fetch` cannot send. */
function call(url: string, path: string, authorization: readonly string[], body: object): Promise<Reply> {
  const json = JSON.stringify(body);
  const headers = ['Content-Type', 'application/json', 'User-Agent', 'a test', 'Host', new URL(url).host];
  headers.push('Content-Length', String(Buffer.byteLength(json)));
  for (const value of authorization) headers.push('Authorization', value);
  return new Promise((resolve, reject) => {
    const sent = request(new URL(path, url), { method: 'POST', headers }, (response) => {
      const { statusCode = 0, headers: answered } = response;
      text(response).then(
        (problem) => {
          resolve({
            status: statusCode,
            challenge: answered['www-authenticate'],
            contentType: answered['content-type'],
            problem: JSON.parse(problem) as Reply['problem'],
          });
        },
        (error: unknown) => reject(error as Error),
      );
    });
    sent.on('error', reject);
    sent.end(json);
  });
}

type Case = readonly [
  name: string,
  authorization: (masjidId: string) => readonly string[] | Promise<readonly string[]>,
  status: 401 | 403,
  reason: string,
];

const REFUSED_FROM_BROADCASTING: readonly Case[] = [
  ['no token', () => [], 401, 'no_token'],
  ['the wrong scheme', () => ['Basic dXNlcjpwYXNz'], 401, 'wrong_scheme'],
  ['a bare token', async (id) => [await sign(speaker(id))], 401, 'wrong_scheme'],
  ['two headers', async (id) => [await broadcasterOf(id), await broadcasterOf(id)], 401, 'several_tokens'],
  ['two tokens in one header', async (id) => [`${await broadcasterOf(id)}, Bearer x`], 401, 'several_tokens'],
  [
    'alg:none',
    (id) => bearer(`${encode({ alg: 'none', kid: 'test' })}.${encode(speaker(id))}.`),
    401,
    'wrong_algorithm',
  ],
  ['RS256', (id) => bearer(sign(speaker(id), { alg: 'RS256' }, RSA.privateKey)), 401, 'wrong_algorithm'],
  ['HS256 with the public key', (id) => bearer(confused(id)), 401, 'wrong_algorithm'],
  ['an unknown kid', (id) => bearer(sign(speaker(id), { kid: 'nobody' })), 401, 'unknown_key'],
  ['a kid like a path', (id) => bearer(sign(speaker(id), { kid: '../../../dev/null' })), 401, 'unknown_key'],
  ['another key', (id) => bearer(sign(speaker(id), {}, randomBytes(32))), 401, 'bad_signature'],
  ['another audience', (id) => bearer(sign(speaker(id, { aud: 'other' }))), 401, 'wrong_audience'],
  ['another issuer', (id) => bearer(sign(speaker(id, { iss: 'other' }))), 401, 'wrong_issuer'],
  [
    'an expired token',
    (id) => bearer(sign(speaker(id, { iat: inSeconds(-200), exp: inSeconds(-100) }))),
    401,
    'expired',
  ],
  ['one that is not valid yet', (id) => bearer(sign(speaker(id, { nbf: inSeconds(90) }))), 401, 'not_yet_valid'],
  [
    'an issue date far ahead',
    (id) => bearer(sign(speaker(id, { iat: inSeconds(9_000), exp: inSeconds(9_100) }))),
    401,
    'issued_in_the_future',
  ],
  ['a token of 8 kB', (id) => bearer(sign(speaker(id, { padding: 'x'.repeat(6_000) }))), 401, 'token_too_long'],
  ['a listener', async (id) => [await listenerOf(id)], 403, 'wrong_role'],
  ['an admin', async () => [await admin()], 403, 'wrong_role'],
  ['the right token for another masjid', async () => [await broadcasterOf('elsewhere')], 403, 'other_masjid'],
];

describe('tokens', () => {
  const server = serverForAll({
    MEDIA_WORKERS: '1',
    LISTENER_AUTH: 'token',
    JWT_PUBLIC_KEYS: `platform:${der(EC.publicKey)}`,
    BAN_AFTER_FAILURES: '1000',
    RATE_LIMIT_BROADCASTS_PER_MINUTE: '1000',
  });

  beforeAll(() => begin(LIVE));

  const begin = async (masjidId: string) => {
    const reply = await call(server.url, '/broadcast', [await broadcasterOf(masjidId)], {
      connectionID: masjidId,
      sdp: OFFER,
    });
    expect(reply.status).toBe(200);
  };
  const auditLines = () => server.records('"audit":true');

  /** The refusal is whole: a problem, a challenge, and one line of the audit log that tells who and why. */
  async function expectDenied(reply: Reply, status: number, expected: Record<string, unknown>): Promise<void> {
    expect(reply.status, JSON.stringify(reply.problem)).toBe(status);
    expect(reply.contentType).toMatch(/^application\/problem\+json/);
    expect(reply.problem).toMatchObject({ status, code: status === 401 ? 'unauthenticated' : 'forbidden' });
    const error = { no_token: undefined, wrong_role: 'insufficient_scope', other_masjid: 'insufficient_scope' };
    const code = expected['reason'] as string;
    const expectedError = code in error ? error[code as keyof typeof error] : 'invalid_token';
    expect(reply.challenge).toMatch(/^Bearer realm="azaan-relay"/);
    expect(/error="(\w+)"/.exec(reply.challenge!)?.[1]).toBe(expectedError);

    const { requestId } = reply.problem;
    const own = () => auditLines().filter((line) => line['requestId'] === requestId);
    await expect.poll(own).toHaveLength(1);
    expect(own()[0]).toMatchObject({
      level: 'info',
      audit: true,
      event: 'auth.denied',
      method: 'POST',
      address: '127.0.0.1',
      userAgent: 'a test',
      ...expected,
    });
  }

  describe.each([
    ['that is live', LIVE],
    ['that does not exist', 'nowhere'],
  ])('refuses to broadcast for a masjid %s', (_, masjidId) => {
    it.each(REFUSED_FROM_BROADCASTING)('with %s', async (_name, authorization, status, reason) => {
      const body = { connectionID: masjidId, sdp: OFFER };
      const reply = await call(server.url, '/broadcast', await authorization(masjidId), body);
      await expectDenied(reply, status, { reason, route: '/broadcast', masjidId });
    });

    it.each<Case>([
      ['no token', () => [], 401, 'no_token'],
      ['a bad token', () => ['Bearer bad'], 401, 'malformed_token'],
      ['a token for another masjid', async () => [await listenerOf('elsewhere')], 403, 'other_masjid'],
    ])('and to let anyone listen with %s', async (_name, authorization, status, reason) => {
      const body = { connectionID: masjidId, sdp: LISTENER };
      const reply = await call(server.url, '/consumer', await authorization(masjidId), body);
      await expectDenied(reply, status, { reason, route: '/consumer', masjidId });
    });
  });

  it('says the same about a masjid that is live and one that is not', async () => {
    const replies = await Promise.all(
      [LIVE, 'nowhere'].map(async (masjidId) => {
        const body = { connectionID: masjidId, sdp: OFFER };
        return call(server.url, '/broadcast', [await broadcasterOf('elsewhere')], body);
      }),
    );
    const [one, other] = replies.map(({ problem: { requestId: _, ...problem }, ...reply }) => ({ ...reply, problem }));
    expect(one).toEqual(other);
  });

  it('refuses headers that are too large to be read, without a word about them', async () => {
    const token = 'a'.repeat(102_400);
    const body = { connectionID: LIVE, sdp: OFFER };
    // The connection may be cut while the caller still sends.
    const status = await call(server.url, '/broadcast', [`Bearer ${token}`], body).then(
      (reply) => reply.status,
      () => 431,
    );
    expect(status).toBe(431);
  });

  it.each([
    ['nobody', () => [], 401, 'no_token'],
    ['a broadcaster', async () => [await broadcasterOf(LIVE)], 403, 'wrong_role'],
    ['a listener', async () => [await listenerOf(LIVE)], 403, 'wrong_role'],
  ] as const)('makes no token for %s', async (_, authorization, status, reason) => {
    const reply = await call(server.url, '/auth/token', await authorization(), { role: 'admin' });
    await expectDenied(reply, status, { reason, route: '/auth/token' });
  });

  it('of a platform that signs with a key of its own are accepted', async () => {
    const token = await sign(speaker('platform'), { alg: 'ES256', kid: 'platform' }, EC.privateKey);
    const reply = await call(server.url, '/broadcast', [`Bearer ${token}`], { connectionID: 'platform', sdp: OFFER });
    expect(reply.status).toBe(200);
  });

  describe('POST /auth/token', () => {
    const issue = async (body: object) => call(server.url, '/auth/token', [await admin()], body);

    it('makes a token that lets its bearer broadcast, and puts on record who made it for whom', async () => {
      const { status, problem: issued } = await issue({ role: 'broadcaster', masjidId: 'made', subject: 'muezzin' });
      expect(status).toBe(200);
      expect(Object.keys(issued).sort()).toEqual(['expiresAt', 'token']);
      const lifeMs = Date.parse(issued['expiresAt'] as string) - Date.now();
      expect(lifeMs).toBeGreaterThan(890_000);
      expect(lifeMs).toBeLessThanOrEqual(900_000);

      const token = issued['token'] as string;
      const offer = { connectionID: 'made', sdp: OFFER };
      expect((await call(server.url, '/broadcast', [`Bearer ${token}`], offer)).status).toBe(200);
      const lines = () => auditLines().filter(({ subject }) => subject === 'muezzin');
      await expect.poll(lines).toHaveLength(1);
      expect(lines()[0]).toMatchObject({
        event: 'token.issued',
        role: 'broadcaster',
        masjidId: 'made',
        ttlSeconds: 900,
        jti: expect.any(String) as string,
        kid: 'test',
        address: '127.0.0.1',
        actor: { role: 'admin', sub: 'a test', kid: 'test' },
      });
    });

    it.each([
      [{}, 'role'],
      [{ role: 'root' }, 'role'],
      [{ role: 'broadcaster' }, 'one masjid'],
      [{ role: 'listener', masjidId: '' }, 'masjidId must be'],
      [{ role: 'listener', masjidId: {} }, 'masjidId must be'],
      [{ role: 'admin', masjidId: 'm' }, 'all masjids'],
      [{ role: 'admin', ttlSeconds: 3_601 }, 'may live 10 to 3600 seconds'],
      [{ role: 'listener', masjidId: 'm', ttlSeconds: 86_401 }, 'may live 10 to 86400 seconds'],
      [{ role: 'listener', masjidId: 'm', ttlSeconds: '900' }, 'ttlSeconds'],
      [{ role: 'listener', masjidId: 'm', ttlSeconds: 1e99 }, 'may live'],
      [{ role: 'listener', masjidId: 'm', subject: 'x'.repeat(129) }, 'subject'],
    ])('refuses %j', async (body, detail) => {
      const reply = await issue(body);
      expect(reply.status).toBe(400);
      expect(reply.problem['detail']).toContain(detail);
    });
  });

  it('never come into the log, good or bad', async () => {
    const good = await sign(speaker('logged'));
    const bad = await sign(speaker('logged'), {}, randomBytes(32));
    for (const token of [good, bad]) {
      await call(server.url, '/broadcast', [`Bearer ${token}`], { connectionID: 'logged', sdp: OFFER });
    }
    await expect.poll(() => server.logs().filter((line) => line.includes('"logged"')).length).toBeGreaterThan(1);
    const log = server.logs().join('\n');
    for (const part of [good, bad].flatMap((token) => token.split('.').slice(1))) expect(log).not.toContain(part);
    expect(log).not.toContain(TEST_JWT_KEYS.split(':')[1]);
    expect(log).not.toMatch(/eyJ[\w-]{20,}/);
  });
});

describe('while listening is open', () => {
  it('the old apps listen without a token, and a broadcaster still needs one', async () => {
    await using server = await startServer({ MEDIA_WORKERS: '1' });
    const offer = { connectionID: LIVE, sdp: OFFER };
    expect((await call(server.url, '/broadcast', [], offer)).status).toBe(401);
    expect((await call(server.url, '/broadcast', [await broadcasterOf('other')], offer)).status).toBe(403);
    expect((await call(server.url, '/broadcast', [await broadcasterOf(LIVE)], offer)).status).toBe(200);
    const join = { connectionID: LIVE, sdp: LISTENER };
    expect((await call(server.url, '/consumer', [], join)).status).toBe(200);
    expect((await call(server.url, '/consumer', ['Bearer bad'], join)).status).toBe(401);
  });
});
