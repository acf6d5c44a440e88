import { setTimeout as sleep } from 'node:timers/promises';
import request, { type Response, type Test } from 'supertest';
import { describe, expect, it } from 'vitest';
import { LISTENER, MALFORMED, SPEAKER, addressOfEachTest, expectProblem, expectWait, join } from '../support/calls.js';
import { serverForAll, startServer } from '../support/server.js';
import { admin, broadcasterOf, listenerOf } from '../support/tokens.js';

const FAILURES = 5;
const SECONDS = 2;
const NO_SUCH_ID = 'x'.repeat(22);

interface Bans {
  readonly total: number;
  readonly bans: readonly { readonly id: string; readonly address: string; readonly startedAt: string }[];
}

describe('bans', () => {
  const server = serverForAll({
    MEDIA_WORKERS: '1',
    BAN_AFTER_FAILURES: String(FAILURES),
    BAN_SECONDS: String(SECONDS),
  });
  const address = addressOfEachTest();

  const caller = (agent = 'broken/1.0', from = address.current) => ({ 'X-Forwarded-For': from, 'User-Agent': agent });
  const call = (method: 'get' | 'post', path: string) => request(server.url)[method](path).set(caller());
  const ask = (sdp: string, from = caller()) => join(server, 'm', from, sdp);
  const broadcast = async (authorization?: string) =>
    call('post', '/broadcast')
      .set(authorization === undefined ? {} : { Authorization: authorization })
      .send({ connectionID: 'm', sdp: SPEAKER });
  const fail = async () => {
    for (let index = 0; index < FAILURES; index += 1) await ask(MALFORMED).expect(400);
  };
  const expectBanned = (answer: Response) => expectWait(answer, 'temporarily_banned', SECONDS);

  it('begin after repeated malformed SDP, and end when they say', async () => {
    await fail();
    const banned = await ask(LISTENER);
    expectBanned(banned);
    await sleep(Number(banned.headers['retry-after']) * 1_000);
    await ask(LISTENER).expect(200);
  });

  it.each([
    ['truncated JSON', () => call('post', '/consumer').type('json').send('{')],
    ['bodies without an offer', () => call('post', '/consumer').send({ connectionID: 'm' })],
  ])('begin after repeated %s', async (_, bad) => {
    for (let index = 0; index < FAILURES; index += 1) await bad().expect(400);
    expectBanned(await ask(LISTENER));
  });

  it('leave alone whoever shares the address with another app, or the app at another address', async () => {
    await fail();
    await ask(LISTENER, caller('healthy/1.0')).expect(200);
    await ask(LISTENER, caller('broken/1.0', '198.51.100.9')).expect(200);
  });

  it('leave health, pages and reading alone', async () => {
    await fail();
    for (const path of ['/healthz', '/', '/broadcast', '/ice-servers']) await call('get', path).expect(200);
  });

  it('come over no question that is malformed, for a list of listeners', async () => {
    for (let index = 0; index <= FAILURES; index += 1) await call('get', '/broadcast?connectionID=').expect(400);
    await ask(LISTENER).expect(200);
  });

  it('never silence a masjid: its token passes from the same address and app', async () => {
    await fail();
    expectBanned(await ask(LISTENER));
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
    await ask(LISTENER).expect(200);
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
    for (let index = 0; index < FAILURES + 20; index += 1) await ask(MALFORMED, caller(agent));
    const linesOf = (message: string) => server.records(`"${message}"`, `"${address.current}"`);
    const userAgent = agent.slice(0, 200);
    expect(linesOf('suspicious call')).toHaveLength(FAILURES);
    expect(linesOf('suspicious call')[0]).toMatchObject({ level: 'warn', userAgent, reason: 'malformed_sdp' });
    expect(linesOf('ban started')).toMatchObject([{ userAgent, fault: 'input', durationSeconds: SECONDS }]);
    await expect.poll(() => linesOf('ban ended'), { timeout: 5_000 }).toMatchObject([{ refused: 20, how: 'expired' }]);
    const requestId = expect.stringMatching(/^[\w-]{36}$/) as unknown;
    expect(linesOf('banned client refused')).toMatchObject([{ level: 'warn', userAgent, masjidId: 'm', requestId }]);
    expect(linesOf('ban.started')).toMatchObject([{ audit: true, userAgent, reason: 'input' }]);
    expect(linesOf('ban.ended')).toMatchObject([{ audit: true }]);
    expect(server.logs().join('\n')).not.toMatch(/v=0|a=x-was|a=ice/);
  });
});

describe('the bans that an admin sees', () => {
  const server = serverForAll({ MEDIA_WORKERS: '1', BAN_AFTER_FAILURES: String(FAILURES), BAN_SECONDS: '300' });
  const address = addressOfEachTest();

  const ask = (sdp: string) =>
    join(server, 'm', { 'X-Forwarded-For': address.current, 'User-Agent': 'broken/1.0' }, sdp);
  const fail = async () => {
    for (let index = 0; index < FAILURES; index += 1) await ask(MALFORMED).expect(400);
  };
  const asAdmin = async (call: Test): Promise<Response> => call.set('Authorization', await admin());
  const list = async (): Promise<Bans> => {
    const answer = await asAdmin(request(server.url).get('/admin/bans'));
    expect(answer.status).toBe(200);
    return answer.body as Bans;
  };
  const lift = (id: string): Promise<Response> => asAdmin(request(server.url).delete(`/admin/bans/${id}`));
  const recorded = (event: string) => server.records(`"event":"${event}"`);

  it('tell who is banned, why, and until when, and reading them is on record', async () => {
    await fail();
    await ask(LISTENER).expect(429);
    const answer = await asAdmin(request(server.url).get('/admin/bans'));
    expect(answer.headers['cache-control']).toBe('no-store');
    const { total, bans } = answer.body as Bans;
    expect(total).toBe(1);
    const startedAt = Date.parse(bans[0]!.startedAt);
    expect(Date.now() - startedAt).toBeLessThan(60_000);
    expect(bans[0]).toEqual({
      id: expect.stringMatching(/^[\w-]{22}$/) as string,
      address: address.current,
      userAgent: 'broken/1.0',
      fault: 'input',
      reason: 'malformed_sdp',
      startedAt: new Date(startedAt).toISOString(),
      endsAt: new Date(startedAt + 300_000).toISOString(),
      refusedCalls: 1,
    });
    await expect.poll(() => recorded('bans.read').at(-1)).toMatchObject({ audit: true, actor: { role: 'admin' } });
  });

  it('are lifted at once, on record with the address that was let in and the admin who did it', async () => {
    await fail();
    const { bans } = await list();
    const mine = bans.find((each) => each.address === address.current)!;
    expect((await lift(mine.id)).status).toBe(204);
    await ask(LISTENER).expect(200);
    expect((await list()).bans.map((each) => each.address)).not.toContain(address.current);
    await expect
      .poll(() => recorded('ban.lifted').at(-1))
      .toMatchObject({
        audit: true,
        actor: { role: 'admin' },
        address: '127.0.0.1',
        bannedAddress: address.current,
        bannedUserAgent: 'broken/1.0',
      });
    expect(recorded('ban.ended').some((line) => line['address'] === address.current)).toBe(true);
  });

  it('are not lifted twice, and not by a name that is none', async () => {
    await fail();
    const { id } = (await list()).bans.find((each) => each.address === address.current)!;
    expect((await lift(id)).status).toBe(204);
    const again = await lift(id);
    expectProblem(again, 404, 'not_found');
    expect(again.body).toMatchObject({ detail: 'This ban is over already.' });
    expect((await lift(NO_SUCH_ID)).status).toBe(404);
    for (const bad of ['x', `${NO_SUCH_ID}x`, '%2e%2e%2fstatus', address.current])
      expect((await lift(bad)).status, bad).toBe(400);
  });

  it.each<readonly [who: string, status: number, authorization: () => Promise<string | undefined>]>([
    ['nobody', 401, async () => undefined],
    ['a broadcaster', 403, () => broadcasterOf('m')],
    ['a listener', 403, () => listenerOf('m')],
    ['a forger', 401, async () => 'Bearer not.a.token'],
  ])('are none of the business of %s', async (_, status, authorization) => {
    const token = await authorization();
    for (const call of [
      request(server.url).get('/admin/bans'),
      request(server.url).delete(`/admin/bans/${NO_SUCH_ID}`),
    ]) {
      const answer = await (token === undefined ? call : call.set('Authorization', token));
      expect(answer.status).toBe(status);
      expect(answer.text).not.toContain('203.0.113.');
    }
  });

  it('are for no address without a token, not even one of STATUS_ALLOW_IPS', async () => {
    await using open = await startServer({ MEDIA_WORKERS: '1', STATUS_ALLOW_IPS: '127.0.0.1' });
    await request(open.url).get('/status').expect(200);
    await request(open.url).get('/admin/bans').expect(401);
  });
});
