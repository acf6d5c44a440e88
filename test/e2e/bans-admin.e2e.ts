import request, { type Response, type Test } from 'supertest';
import { beforeEach, describe, expect, it } from 'vitest';
import { recordedOffer } from '../support/offers.js';
import { serverForAll, startServer } from '../support/server.js';
import { admin, broadcasterOf, listenerOf } from '../support/tokens.js';

const LISTENER = recordedOffer('chromium-156-listener');
const MALFORMED = LISTENER.replace(/^a=fingerprint.*$/m, 'a=x-was-a-fingerprint');
const FAILURES = 5;
const NO_SUCH_ID = 'x'.repeat(22);

interface Bans {
  readonly total: number;
  readonly bans: readonly { readonly id: string; readonly address: string; readonly startedAt: string }[];
}

describe('the bans that an admin sees', () => {
  const server = serverForAll({ MEDIA_WORKERS: '1', BAN_AFTER_FAILURES: String(FAILURES), BAN_SECONDS: '300' });
  let address: string;
  let addresses = 0;

  beforeEach(() => {
    addresses += 1;
    address = `203.0.113.${addresses}`;
  });

  const join = (sdp: string): Test =>
    request(server.url)
      .post('/consumer')
      .set({ 'X-Forwarded-For': address, 'User-Agent': 'broken/1.0' })
      .send({ connectionID: 'm', sdp });
  const ban = async (): Promise<void> => {
    for (let index = 0; index < FAILURES; index += 1) await join(MALFORMED).expect(400);
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
    await ban();
    await join(LISTENER).expect(429);
    const answer = await asAdmin(request(server.url).get('/admin/bans'));
    expect(answer.headers['cache-control']).toBe('no-store');
    const { total, bans } = answer.body as Bans;
    expect(total).toBe(addresses);
    const startedAt = Date.parse(bans[0]!.startedAt);
    expect(Date.now() - startedAt).toBeLessThan(60_000);
    expect(bans[0]).toEqual({
      id: expect.stringMatching(/^[\w-]{22}$/) as string,
      address,
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
    await ban();
    const { bans } = await list();
    const mine = bans.find((each) => each.address === address)!;
    expect((await lift(mine.id)).status).toBe(204);
    await join(LISTENER).expect(200);
    expect((await list()).bans.map((each) => each.address)).not.toContain(address);
    await expect
      .poll(() => recorded('ban.lifted').at(-1))
      .toMatchObject({
        audit: true,
        actor: { role: 'admin' },
        address: '127.0.0.1',
        bannedAddress: address,
        bannedUserAgent: 'broken/1.0',
      });
    expect(recorded('ban.ended').some((line) => line['address'] === address)).toBe(true);
  });

  it('are not lifted twice, and not by a name that is none', async () => {
    await ban();
    const { id } = (await list()).bans.find((each) => each.address === address)!;
    expect((await lift(id)).status).toBe(204);
    const again = await lift(id);
    expect(again.status).toBe(404);
    expect(again.body).toMatchObject({ code: 'not_found', detail: 'This ban is over already.' });
    expect((await lift(NO_SUCH_ID)).status).toBe(404);
    for (const bad of ['x', `${NO_SUCH_ID}x`, '%2e%2e%2fstatus', address])
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
