import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { LISTENER, SPEAKER } from '../support/calls.js';
import { ofAnotherClient } from '../support/offers.js';
import { serverForAll } from '../support/server.js';
import { broadcasterOf } from '../support/tokens.js';

interface Answer {
  readonly sdp: { readonly type: string; readonly sdp: string };
  readonly connectionID: string | number;
  readonly version?: string | number;
}

interface Labelled extends Record<string, unknown> {
  readonly connectionID: string | number;
}

describe('the wire contract', () => {
  const server = serverForAll();
  const http = () => request(server.url);
  const post = async (path: '/broadcast' | '/consumer', body: Labelled): Promise<Answer> => {
    const call = http().post(path);
    if (path === '/broadcast') call.set('Authorization', await broadcasterOf(body.connectionID));
    const response = await call
      .send(body)
      .expect(200)
      .expect('Content-Type', /^application\/json/);
    return response.body as Answer;
  };

  it('shows an empty object while nothing is broadcast', async () => {
    const { text } = await http().get('/broadcast').expect(200);
    expect(text).toBe('{}');
  });

  describe.each([
    ['an offer object', { type: 'offer', sdp: SPEAKER }],
    ['bare SDP text', SPEAKER],
  ])('POST /broadcast with %s', (_, sdp) => {
    it('answers 200 with one whole answer that only receives', async () => {
      const { sdp: answer } = await post('/broadcast', { connectionID: 'whole', version: '1', sdp });
      expect(answer.type).toBe('answer');
      expect(answer.sdp).toMatch(/^v=0\r\n/);
      expect(answer.sdp).toContain('a=recvonly\r\n');
      expect(answer.sdp).toMatch(/^a=candidate:.* typ host\r$/m);
    });

    it.each([
      { connectionID: 'echo', version: '1.4.2' },
      { connectionID: 'echo', version: 7 },
      { connectionID: 'echo', version: '' },
      { connectionID: 4711, version: '1.4.2' },
      { connectionID: '4711', version: 0 },
      { connectionID: 'مسجد النور', version: 'إصدار' },
    ])('echoes %j with the types it was sent in', async (labels) => {
      const { sdp: _sdp, ...echoed } = await post('/broadcast', { ...labels, sdp });
      expect(echoed).toEqual(labels);
    });

    it('answers no version when none was sent', async () => {
      const answer = await post('/broadcast', { connectionID: 'bare', sdp });
      expect(Object.keys(answer).sort()).toEqual(['connectionID', 'sdp']);
    });
  });

  it('ignores fields that it does not know', async () => {
    const body = { connectionID: 'extra', version: 1, sdp: SPEAKER, token: 'x', nested: { a: [1] }, sdpMid: null };
    expect(Object.keys(await post('/broadcast', body)).sort()).toEqual(['connectionID', 'sdp', 'version']);
  });

  it.each([
    ['a bare sdp', { sdp: SPEAKER }],
    ['sdp[type] and sdp[sdp]', { 'sdp[type]': 'offer', 'sdp[sdp]': SPEAKER }],
  ])('reads forms with %s', async (_, fields) => {
    const form = { connectionID: 'form', version: '3', ...fields };
    const { body } = (await http()
      .post('/broadcast')
      .set('Authorization', await broadcasterOf('form'))
      .type('form')
      .send(form)
      .expect(200)) as { body: Answer };
    expect(body).toMatchObject({ connectionID: 'form', version: '3', sdp: { type: 'answer' } });
  });

  it('answers a listener exactly {} while there is no such broadcast', async () => {
    const body = { connectionID: 'nobody', version: 1, sdp: { type: 'offer', sdp: LISTENER } };
    expect(await post('/consumer', body)).toEqual({});
  });

  it('lists one entry a listener, by broadcast, with the labels as they were sent', async () => {
    await post('/broadcast', { connectionID: 'listed', sdp: SPEAKER });
    await post('/consumer', { connectionID: 'listed', version: 8, sdp: ofAnotherClient(LISTENER) });
    await post('/consumer', { connectionID: 'listed', version: 'eight', sdp: ofAnotherClient(LISTENER) });
    const { body } = (await http().get('/broadcast').expect(200)) as {
      body: Record<string, Record<string, unknown>[]>;
    };
    const entries = body['listed']!;
    const entry = { connectionID: 'listed', state: 'connecting', randomID: expect.any(String) as string };
    expect(entries).toEqual([
      { ...entry, version: 8 },
      { ...entry, version: 'eight' },
    ]);
    expect(entries[0]!['randomID']).not.toBe(entries[1]!['randomID']);
    expect((await http().get('/broadcast?connectionID=listed').expect(200)).body).toEqual({ listed: entries });
    expect((await http().get('/broadcast?connectionID=unknown').expect(200)).text).toBe('{}');
  });

  it('names every answer with a request id, the caller’s own when it is a sane one', async () => {
    await http().get('/broadcast').set('X-Request-Id', 'abc-123').expect('X-Request-Id', 'abc-123');
    await http()
      .get('/broadcast')
      .set('X-Request-Id', 'two words')
      .expect('X-Request-Id', /^[\da-f-]{36}$/);
  });

  it('logs one line a request, with what finds it again', async () => {
    await http().post('/consumer').set('X-Request-Id', 'find-me').send({ connectionID: 'logged', sdp: LISTENER });
    const lines = () => server.records('"requestId":"find-me"');
    await expect.poll(lines).toHaveLength(1);
    expect(lines()[0]).toMatchObject({
      level: 'info',
      requestId: 'find-me',
      method: 'POST',
      route: '/consumer',
      connectionID: 'logged',
      statusCode: 200,
      latencyMs: expect.any(Number) as number,
    });
  });

  describe('around it', () => {
    it('says that the process lives', async () => {
      const { text } = await http().get('/healthz').expect(200);
      expect(text).toBe('{"status":"ok"}');
    });

    it('shows metrics of the relay and of the process', async () => {
      const { text } = await http()
        .get('/metrics')
        .expect(200)
        .expect('Content-Type', /^text\/plain/);
      expect(text).toMatch(/^azaan_joins_total\{result="ok"\} [1-9]/m);
      expect(text).toMatch(/^azaan_joins_total\{result="no_broadcast"\} [1-9]/m);
      expect(text).toMatch(/^azaan_broadcasts_active [1-9]/m);
      expect(text).toMatch(/^process_cpu_seconds_total /m);
    });

    it('documents every call of the contract', async () => {
      await http()
        .get('/docs')
        .expect(200)
        .expect('Content-Type', /^text\/html/);
      const { body } = (await http().get('/docs-json').expect(200)) as { body: { paths: Record<string, object> } };
      expect(Object.keys(body.paths).sort()).toEqual([
        '/admin/bans',
        '/admin/bans/{id}',
        '/auth/token',
        '/broadcast',
        '/consumer',
        '/healthz',
        '/ice-servers',
        '/maintenance',
        '/metrics',
        '/readyz',
        '/status',
      ]);
      expect(Object.keys(body.paths['/broadcast']!).sort()).toEqual(['get', 'post']);
    });

    it('keeps probes out of the log', async () => {
      await http().get('/healthz').set('X-Request-Id', 'probe');
      await http().get('/nowhere').set('X-Request-Id', 'after-probe').expect(404);
      await expect.poll(() => server.logs().some((line) => line.includes('after-probe'))).toBe(true);
      expect(server.logs().some((line) => line.includes('"probe"'))).toBe(false);
    });
  });
});
