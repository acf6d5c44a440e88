import { Controller, Get } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import { LoggerModule } from 'nestjs-pino';
import request from 'supertest';
import { afterEach, describe, expect, it } from 'vitest';
import { TestApp } from '../../test/support/app.js';
import { FakeRelay } from '../../test/support/fake-relay.js';
import { admin, broadcasterOf, claims, listenerOf, sign } from '../../test/support/tokens.js';
import { AuditModule } from '../audit/audit.module.js';
import { ConfigModule } from '../config/config.module.js';
import { loadConfig } from '../config/load-config.js';
import { ProblemFilter } from '../errors/problem.filter.js';
import { RelayRegistry } from '../relay/relay-registry.js';
import { Access } from './access.js';
import { AuthModule } from './auth.module.js';

const OFFER = { connectionID: 'noor', sdp: 'v=0' };
const REALM = 'Bearer realm="azaan-relay"';

let running: AsyncDisposable | undefined;
afterEach(() => running?.[Symbol.asyncDispose]());

async function start(env: NodeJS.ProcessEnv = {}): Promise<TestApp> {
  const app = await TestApp.start(env);
  running = app;
  return app;
}

describe('POST /broadcast', () => {
  it('is for the broadcaster of the masjid, and the relay learns who that is', async () => {
    const app = await start();
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

  it('takes 1 and "1" for the same masjid', async () => {
    const app = await start();
    const token = await broadcasterOf('1');
    await app.http
      .post('/broadcast')
      .set('Authorization', token)
      .send({ ...OFFER, connectionID: 1 })
      .expect(200);
  });

  it('asks for a token that was not shown, without naming an error', async () => {
    const app = await start();
    const answer = await app.http.post('/broadcast').send(OFFER).expect(401).expect('WWW-Authenticate', REALM);
    expect(answer.body).toMatchObject({ code: 'unauthenticated', status: 401 });
  });

  it.each([
    ['a listener', () => listenerOf('noor'), 'wrong_role'],
    ['an admin', admin, 'wrong_role'],
    ['the broadcaster of another masjid', () => broadcasterOf('other'), 'other_masjid'],
  ])('is not for %s', async (_, token, reason) => {
    const app = await start();
    const answer = await app.http
      .post('/broadcast')
      .set('Authorization', await token())
      .send(OFFER)
      .expect(403);
    expect(answer.body).toMatchObject({ code: 'forbidden', status: 403 });
    expect(answer.headers['www-authenticate']).toContain(`${REALM}, error="insufficient_scope"`);
    expect(app.audited).toMatchObject([{ event: 'auth.denied', reason, actor: { kid: 'test' }, masjidId: 'noor' }]);
  });

  it.each([undefined, null, {}, ['noor'], '__proto__', 'x'.repeat(200)])(
    'never lets the connectionID %j pass for that of the token',
    async (connectionID) => {
      const app = await start();
      app.relay.startBroadcast = () => Promise.reject(new Error('the relay was asked'));
      const token = await broadcasterOf('noor');
      await app.http
        .post('/broadcast')
        .set('Authorization', token)
        .send({ ...OFFER, connectionID })
        .expect(400);
    },
  );

  it('is not opened by a token in the address or in the body', async () => {
    const app = await start();
    const token = (await broadcasterOf('noor')).slice('Bearer '.length);
    await app.http
      .post(`/broadcast?access_token=${token}`)
      .send({ ...OFFER, access_token: token })
      .expect(401);
  });
});

describe('POST /consumer', () => {
  it.each([
    ['nobody', undefined, 200],
    ['a listener of the masjid', () => listenerOf('noor'), 200],
    ['a listener of another masjid', () => listenerOf('other'), 403],
    ['somebody with a bad token', () => Promise.resolve('Bearer bad'), 401],
  ])('answers %s while listening is open', async (_, token, status) => {
    const app = await start();
    const call = app.http.post('/consumer');
    if (token !== undefined) call.set('Authorization', await token());
    await call.send(OFFER).expect(status);
  });

  it.each([
    ['nobody', undefined, 401],
    ['a listener of the masjid', () => listenerOf('noor'), 200],
    ['its broadcaster', () => broadcasterOf('noor'), 200],
    ['an admin', admin, 200],
    ['a listener of another masjid', () => listenerOf('other'), 403],
  ])('answers %s while listening needs a token', async (_, token, status) => {
    const app = await start({ LISTENER_AUTH: 'token' });
    const call = app.http.post('/consumer');
    if (token !== undefined) call.set('Authorization', await token());
    await call.send(OFFER).expect(status);
  });

  it('looks the same whether the broadcast exists or not', async () => {
    const app = await start({ LISTENER_AUTH: 'token' });
    app.relay.joinBroadcast = async ({ connectionID }) => (connectionID === 'live' ? 'v=0 answer' : undefined);
    const denied = await Promise.all(
      ['live', 'none'].map(async (connectionID) => {
        const token = await listenerOf('other');
        const answer = await app.http
          .post('/consumer')
          .set('Authorization', token)
          .set('X-Request-Id', 'same')
          .send({ ...OFFER, connectionID });
        const { 'www-authenticate': challenge, 'content-length': length } = answer.headers as Record<string, string>;
        return { status: answer.status, challenge, length, body: answer.body as object };
      }),
    );
    expect(denied[0]).toEqual(denied[1]);
    expect(denied[0]).toMatchObject({ status: 403 });
  });
});

it('what is public does not look at tokens', async () => {
  const app = await start();
  await app.http.get('/broadcast').set('Authorization', 'Bearer expired').expect(200);
  expect(app.audited).toEqual([]);
});

it('a denial is told to the audit log, with the caller and without the token', async () => {
  const app = await start();
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
    const config = loadConfig({ NODE_ENV: 'test', LOG_LEVEL: 'silent' });
    const module = await Test.createTestingModule({
      imports: [
        ConfigModule.forRoot(config),
        LoggerModule.forRoot({ pinoHttp: { level: 'silent' } }),
        AuditModule,
        AuthModule,
      ],
      controllers: [ForgetfulController],
    })
      .overrideProvider(RelayRegistry)
      .useValue(new FakeRelay())
      .compile();
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest declares its options as a class, and documents literals.
    const app = module.createNestApplication<NestExpressApplication>({ logger: false });
    running = { [Symbol.asyncDispose]: () => app.close() };
    app.useGlobalFilters(new ProblemFilter());
    await app.listen(0, '127.0.0.1');
    const { text } = await request(app.getHttpServer())
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
