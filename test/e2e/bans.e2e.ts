import { setTimeout as sleep } from 'node:timers/promises';
import request, { type Response, type Test } from 'supertest';
import { beforeEach, describe, expect, it } from 'vitest';
import { recordedOffer } from '../support/offers.js';
import { serverForAll } from '../support/server.js';
import { broadcasterOf } from '../support/tokens.js';

const SPEAKER = recordedOffer('chromium-156-broadcaster');
const LISTENER = recordedOffer('chromium-156-listener');
const MALFORMED = LISTENER.replace(/^a=fingerprint.*$/m, 'a=x-was-a-fingerprint');
const FAILURES = 5;
const FIRST_SECONDS = 2;
const LONGEST_SECONDS = 4;

describe('bans', () => {
  const server = serverForAll({
    MEDIA_WORKERS: '1',
    BAN_AFTER_FAILURES: String(FAILURES),
    BAN_SECONDS: String(FIRST_SECONDS),
    BAN_MAX_SECONDS: String(LONGEST_SECONDS),
  });
  let address: string;
  let addresses = 0;

  beforeEach(() => {
    addresses += 1;
    address = `203.0.113.${addresses}`;
  });

  const call = (method: 'get' | 'post', path: string, agent = 'broken/1.0'): Test =>
    request(server.url)[method](path).set({ 'X-Forwarded-For': address, 'User-Agent': agent });
  const join = (sdp: string, agent?: string) => call('post', '/consumer', agent).send({ connectionID: 'm', sdp });
  const broadcast = async (authorization?: string) =>
    call('post', '/broadcast')
      .set(authorization === undefined ? {} : { Authorization: authorization })
      .send({ connectionID: 'm', sdp: SPEAKER });
  const fail = async (times = FAILURES) => {
    for (let index = 0; index < times; index += 1) await join(MALFORMED).expect(400);
  };

  function expectBanned(answer: Response, longestSeconds = FIRST_SECONDS): void {
    expect(answer.status).toBe(429);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.body).toMatchObject({ status: 429, code: 'temporarily_banned' });
    const seconds = Number(answer.headers['retry-after']);
    expect(seconds).toBeGreaterThanOrEqual(1);
    expect(seconds).toBeLessThanOrEqual(longestSeconds);
  }

  it('begin after repeated malformed SDP, and end when they say', async () => {
    await fail();
    const banned = await join(LISTENER);
    expectBanned(banned);
    await sleep(Number(banned.headers['retry-after']) * 1_000);
    await join(LISTENER).expect(200);
  });

  it.each([
    ['truncated JSON', () => call('post', '/consumer').type('json').send('{')],
    ['bodies without an offer', () => call('post', '/consumer').send({ connectionID: 'm' })],
  ])('begin after repeated %s', async (_, bad) => {
    for (let index = 0; index < FAILURES; index += 1) await bad().expect(400);
    expectBanned(await join(LISTENER));
  });

  it('grow with each one, up to the longest', async () => {
    for (const seconds of [FIRST_SECONDS, LONGEST_SECONDS, LONGEST_SECONDS]) {
      await fail();
      const banned = await join(MALFORMED);
      expectBanned(banned, seconds);
      expect(Number(banned.headers['retry-after'])).toBe(seconds);
      await sleep(seconds * 1_000);
    }
  });

  it('leave alone whoever shares the address with another app, or the app at another address', async () => {
    await fail();
    await join(LISTENER, 'healthy/1.0').expect(200);
    address = '198.51.100.9';
    await join(LISTENER).expect(200);
  });

  it('leave health, pages and reading alone', async () => {
    await fail();
    for (const path of ['/healthz', '/', '/broadcast', '/ice-servers']) await call('get', path).expect(200);
  });

  it('come over no question that is malformed, for a list of listeners', async () => {
    for (let index = 0; index <= FAILURES; index += 1) await call('get', '/broadcast?connectionID=').expect(400);
    await join(LISTENER).expect(200);
  });

  it('never come over a crowd in which only one device is broken', async () => {
    for (let index = 0; index < FAILURES * 3; index += 1) {
      await join(MALFORMED).expect(400);
      await join(LISTENER).expect(200);
    }
  });

  it('never silence a masjid: its token passes from the same address and app', async () => {
    await fail();
    expectBanned(await join(LISTENER));
    const answer = await broadcast(await broadcasterOf('m'));
    expect(answer.status, answer.text).toBe(200);
  });

  it('come over failed authentication, and leave listeners alone who need none', async () => {
    for (let index = 0; index < FAILURES; index += 1) {
      expect((await broadcast(index % 2 === 0 ? 'Bearer not.a.token' : undefined)).status).toBe(401);
    }
    expectBanned(await broadcast());
    expectBanned(await broadcast('Bearer not.a.token'));
    expectBanned(await call('post', '/auth/token').send({}));
    await join(LISTENER).expect(200);
    expect((await broadcast(await broadcasterOf('m'))).status, 'the right token').toBe(200);
  });

  it('come over tokens that are used for what is not theirs, and only over those', async () => {
    const other = await broadcasterOf('another');
    for (let index = 0; index < FAILURES; index += 1) expect((await broadcast(other)).status).toBe(403);
    expectBanned(await broadcast(other));
    expect((await broadcast()).status, 'no token').toBe(401);
  });

  it('are logged and on record with address, user agent and reason, without SDP and without every refusal', async () => {
    const agent = `broken/2.0 ${'x'.repeat(500)}`;
    for (let index = 0; index < FAILURES + 20; index += 1) await join(MALFORMED, agent);
    const linesOf = (message: string) => server.records(`"${message}"`, `"${address}"`);
    const userAgent = agent.slice(0, 200);
    expect(linesOf('suspicious call')).toHaveLength(FAILURES);
    expect(linesOf('suspicious call')[0]).toMatchObject({ level: 'warn', userAgent, reason: 'malformed_sdp' });
    expect(linesOf('ban started')).toMatchObject([{ userAgent, fault: 'input', durationSeconds: FIRST_SECONDS }]);
    await expect.poll(() => linesOf('ban ended'), { timeout: 5_000 }).toMatchObject([{ refused: 20, how: 'expired' }]);
    const requestId = expect.stringMatching(/^[\w-]{36}$/) as unknown;
    expect(linesOf('banned client refused')).toMatchObject([{ level: 'warn', userAgent, masjidId: 'm', requestId }]);
    expect(linesOf('ban.started')).toMatchObject([{ audit: true, userAgent, reason: 'input' }]);
    expect(linesOf('ban.ended')).toMatchObject([{ audit: true }]);
    expect(server.logs().join('\n')).not.toMatch(/v=0|a=x-was|a=ice/);
  });
});
