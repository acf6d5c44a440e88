import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto';
import request, { type Response } from 'supertest';
import { beforeAll, describe, expect, it } from 'vitest';
import { LISTENER, SPEAKER, broadcast, expectProblem } from '../support/calls.js';
import { serverForAll } from '../support/server.js';
import { admin, broadcasterOf, claims, listenerOf, sign } from '../support/tokens.js';

const LIVE = 'live';
const EC = generateKeyPairSync('ec', { namedCurve: 'P-256' });
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

type Case = readonly [
  name: string,
  authorization: () => string[] | Promise<string[]>,
  status: 401 | 403,
  reason: string,
];

describe('tokens', () => {
  const server = serverForAll({
    MEDIA_WORKERS: '1',
    LISTENER_AUTH: 'token',
    JWT_PUBLIC_KEYS: `platform:${der(EC.publicKey)}`,
  });

  beforeAll(async () => {
    expect((await broadcast(server, LIVE)).status).toBe(200);
  });

  /** A call with any number of `Authorization` headers. */
  const call = (path: string, authorization: string[], body: object) =>
    request(server.url).post(path).set({ 'User-Agent': 'a test', Authorization: authorization }).send(body);
  const auditLines = () => server.records('"audit":true');

  /** The refusal is whole: a problem, a challenge, and one line of the audit log that tells who and why. */
  async function expectDenied(answer: Response, status: number, expected: Record<string, unknown>): Promise<void> {
    expectProblem(answer, status, status === 401 ? 'unauthenticated' : 'forbidden');
    const challenge = answer.headers['www-authenticate'];
    const invalid = expected['reason'] === 'no_token' ? undefined : 'invalid_token';
    expect(challenge).toMatch(/^Bearer realm="azaan-relay"/);
    expect(/error="(\w+)"/.exec(challenge!)?.[1]).toBe(status === 403 ? 'insufficient_scope' : invalid);

    const own = () => auditLines().filter((line) => line['requestId'] === answer.headers['x-request-id']);
    await expect.poll(own).toMatchObject([
      {
        ...{ level: 'info', audit: true, event: 'auth.denied', method: 'POST' },
        ...{ address: '127.0.0.1', userAgent: 'a test', ...expected },
      },
    ]);
  }

  it.each<Case>([
    ['no token', () => [], 401, 'no_token'],
    ['the wrong scheme', () => ['Basic dXNlcjpwYXNz'], 401, 'wrong_scheme'],
    ['two headers', async () => [await broadcasterOf(LIVE), await broadcasterOf(LIVE)], 401, 'several_tokens'],
    [
      'alg:none',
      () => bearer(`${encode({ alg: 'none', kid: 'test' })}.${encode(speaker(LIVE))}.`),
      401,
      'wrong_algorithm',
    ],
    ['HS256 with the public key', () => bearer(confused(LIVE)), 401, 'wrong_algorithm'],
    [
      'an expired one',
      () => bearer(sign(speaker(LIVE, { iat: inSeconds(-200), exp: inSeconds(-100) }))),
      401,
      'expired',
    ],
    ['one of 8 kB', () => bearer(sign(speaker(LIVE, { padding: 'x'.repeat(6_000) }))), 401, 'token_too_long'],
    ['that of a listener', async () => [await listenerOf(LIVE)], 403, 'wrong_role'],
    ['that of an admin', async () => [await admin()], 403, 'wrong_role'],
    ['the right one of another masjid', async () => [await broadcasterOf('elsewhere')], 403, 'other_masjid'],
  ])('do not let anyone broadcast with %s', async (_, authorization, status, reason) => {
    const answer = await call('/broadcast', await authorization(), { connectionID: LIVE, sdp: SPEAKER });
    await expectDenied(answer, status, { reason, route: '/broadcast', masjidId: LIVE });
  });

  it.each<Case>([
    ['none', () => [], 401, 'no_token'],
    ['a bad one', () => ['Bearer bad'], 401, 'malformed_token'],
    ['one for another masjid', async () => [await listenerOf('elsewhere')], 403, 'other_masjid'],
  ])('do not let anyone listen with %s where one is needed', async (_, authorization, status, reason) => {
    const answer = await call('/consumer', await authorization(), { connectionID: LIVE, sdp: LISTENER });
    await expectDenied(answer, status, { reason, route: '/consumer', masjidId: LIVE });
  });

  it('say the same about a masjid that is live and one that is not', async () => {
    const authorization = [await broadcasterOf('elsewhere')];
    const [one, other] = await Promise.all(
      [LIVE, 'nowhere'].map((connectionID) => call('/broadcast', authorization, { connectionID, sdp: SPEAKER })),
    );
    const told = ({ status, headers, body }: Response) => {
      const { requestId: _, ...problem } = body as Change;
      return { status, challenge: headers['www-authenticate'], type: headers['content-type'], problem };
    };
    expect(told(one!)).toEqual(told(other!));
  });

  it('that are too large to be read are refused without a word about them', async () => {
    const body = { connectionID: LIVE, sdp: SPEAKER };
    // The connection may be cut while the caller still sends.
    const status = await call('/broadcast', [`Bearer ${'a'.repeat(102_400)}`], body).then(
      (answer) => answer.status,
      () => 431,
    );
    expect(status).toBe(431);
  });

  it.each<Case>([
    ['nobody', () => [], 401, 'no_token'],
    ['a broadcaster', async () => [await broadcasterOf(LIVE)], 403, 'wrong_role'],
    ['a listener', async () => [await listenerOf(LIVE)], 403, 'wrong_role'],
  ])('are not made for %s', async (_, authorization, status, reason) => {
    const answer = await call('/auth/token', await authorization(), { role: 'admin' });
    await expectDenied(answer, status, { reason, route: '/auth/token' });
  });

  it('of a platform that signs with a key of its own are accepted', async () => {
    const token = await sign(speaker('platform'), { alg: 'ES256', kid: 'platform' }, EC.privateKey);
    expect((await broadcast(server, 'platform', { Authorization: `Bearer ${token}` })).status).toBe(200);
  });

  describe('POST /auth/token', () => {
    const issue = async (body: object) => call('/auth/token', [await admin()], body);

    it('makes a token that lets its bearer broadcast, and puts on record who made it for whom', async () => {
      const answer = await issue({ role: 'broadcaster', masjidId: 'made', subject: 'muezzin' });
      expect(answer.status).toBe(200);
      const issued = answer.body as { readonly token: string; readonly expiresAt: string };
      expect(Object.keys(issued).sort()).toEqual(['expiresAt', 'token']);
      const lifeMs = Date.parse(issued.expiresAt) - Date.now();
      expect(lifeMs).toBeGreaterThan(890_000);
      expect(lifeMs).toBeLessThanOrEqual(900_000);

      expect((await broadcast(server, 'made', { Authorization: `Bearer ${issued.token}` })).status).toBe(200);
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
      const answer = await issue(body);
      expectProblem(answer, 400, 'malformed_request');
      expect((answer.body as Change)['detail']).toContain(detail);
    });
  });
});
