import { Controller, Get } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { TestApp } from '../../test/support/app.js';
import { admin, broadcasterOf, claims, listenerOf, sign } from '../../test/support/tokens.js';
import { Access } from './access.js';

const OFFER = { connectionID: 'noor', sdp: 'v=0' };

describe('POST /broadcast', () => {
  it('is for the broadcaster of the masjid, and the relay learns who that is', async () => {
    await using app = await TestApp.start();
    const actors: unknown[] = [];
    app.relay.startBroadcast = async ({ actor }) => {
      actors.push(actor);
      return 'v=0 answer';
    };
    const token = await sign(claims({ role: 'broadcaster', masjidId: 'noor', sub: 'muezzin', jti: 'j' }));
    await app.http.post('/broadcast').set('Authorization', `Bearer ${token}`).send(OFFER).expect(200);
    expect(actors).toEqual([{ role: 'broadcaster', sub: 'muezzin', masjidId: 'noor', jti: 'j', kid: 'test' }]);
    expect(app.audited).toEqual([]);
  });

  it('is not opened by a token in the address or in the body', async () => {
    await using app = await TestApp.start();
    const token = (await broadcasterOf('noor')).slice('Bearer '.length);
    await app.http
      .post(`/broadcast?access_token=${token}`)
      .send({ ...OFFER, access_token: token })
      .expect(401);
  });
});

describe('POST /consumer', () => {
  it.each([
    ['nobody', undefined, 200, 401],
    ['a listener of the masjid', () => listenerOf('noor'), 200, 200],
    ['its broadcaster', () => broadcasterOf('noor'), 200, 200],
    ['an admin', admin, 200, 200],
    ['a listener of another masjid', () => listenerOf('other'), 403, 403],
    ['somebody with a bad token', () => Promise.resolve('Bearer bad'), 401, 401],
  ])('answers %s while listening is open, and while it needs a token', async (_, token, open, guarded) => {
    for (const [LISTENER_AUTH, status] of [['open', open] as const, ['token', guarded] as const]) {
      await using app = await TestApp.start({ LISTENER_AUTH });
      const call = app.http.post('/consumer');
      if (token !== undefined) call.set('Authorization', await token());
      await call.send(OFFER).expect(status);
    }
  });
});

it('what is public does not look at tokens', async () => {
  await using app = await TestApp.start();
  await app.http.get('/broadcast').set('Authorization', 'Bearer expired').expect(200);
  expect(app.audited).toEqual([]);
});

it('a denial is told to the audit log, with the caller and without the token', async () => {
  await using app = await TestApp.start();
  await app.http
    .post('/broadcast')
    .set('Authorization', 'Bearer aaa.bbb.ccc')
    .set('X-Request-Id', 'r-1')
    .set('User-Agent', 'x'.repeat(1_000))
    .send(OFFER)
    .expect(401);
  expect(app.audited).toEqual([
    {
      event: 'auth.denied',
      reason: 'malformed_token',
      method: 'POST',
      route: '/broadcast',
      masjidId: 'noor',
      address: '127.0.0.1',
      userAgent: 'x'.repeat(200),
      requestId: 'r-1',
      actor: undefined,
    },
  ]);
  const listener = await listenerOf('noor');
  await app.http.post('/broadcast').set('Authorization', listener).send(OFFER).expect(403);
  expect(app.audited[1]).toMatchObject({ reason: 'wrong_role', actor: { kid: 'test' } });
});

@Controller()
class ForgetfulController {
  @Get('forgotten')
  forgotten(): string {
    return 'open to all';
  }
}

describe('a route that does not say who may call it', () => {
  it('answers nobody', async () => {
    await using app = await TestApp.start({}, [ForgetfulController]);
    const { text } = await app.http
      .get('/forgotten')
      .set('Authorization', await admin())
      .expect(500);
    expect(text).not.toContain('open to all');
  });

  it('cannot be made by saying two things of it', () => {
    const contradict = () => {
      class ContradictoryController {
        @Access({ public: true })
        @Access({ roles: ['admin'] })
        contradictory(): string {
          return 'open to all';
        }
      }
      return ContradictoryController;
    };
    expect(contradict).toThrow('contradictory declares access twice');
  });
});
