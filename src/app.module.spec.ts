import { describe, expect, it } from 'vitest';
import { TestApp } from '../test/support/app.js';
import { broadcasterOf } from '../test/support/tokens.js';

const LOOPBACK = '127.0.0.1';
const OFFER = { connectionID: 'm', sdp: 'v=0' };

describe('the HTTP side, before a relay that does as told', () => {
  it('hands the relay the offer as it was meant, with the id of the request', async () => {
    await using app = await TestApp.start();
    const offers: unknown[] = [];
    app.relay.startBroadcast = async (offer) => {
      offers.push(offer);
      return 'v=0 answer';
    };
    const sent = { connectionID: 7, version: 'v', sdp: { type: 'offer', sdp: 'v=0' }, password: 'x' };
    const token = await broadcasterOf(7);
    await app.http.post('/broadcast').set('Authorization', token).set('X-Request-Id', 'r-1').send(sent).expect(200);
    expect(offers).toMatchObject([
      { connectionID: 7, version: 'v', sdp: 'v=0', requestId: 'r-1', clientAddress: LOOPBACK, addressKey: LOOPBACK },
    ]);
  });

  it('says nothing but the request id when something breaks inside', async () => {
    await using app = await TestApp.start();
    app.relay.joinBroadcast = async () => {
      throw new Error('a secret of the engine');
    };
    const { text } = await app.http.post('/consumer').set('X-Request-Id', 'r-2').send(OFFER).expect(500);
    expect(JSON.parse(text)).toMatchObject({ code: 'internal_error', requestId: 'r-2' });
    expect(text).not.toContain('secret');
    expect(text).not.toContain('app.module.spec');
  });

  it('asks the relay for the listeners of all broadcasts, or of the one that is named', async () => {
    await using app = await TestApp.start();
    const asked: (string | undefined)[] = [];
    app.relay.listeners = (id) => {
      asked.push(id);
      return new Map([['m', []]]);
    };
    const { text } = await app.http.get('/broadcast?connectionID=m&other=1').expect(200);
    expect(text).toBe('{"m":[]}');
    await app.http.get('/broadcast').expect(200);
    await app.http.get(`/broadcast?connectionID=${encodeURIComponent('مسجد النور')}`).expect(200);
    expect(asked).toEqual(['m', undefined, 'مسجد النور']);
  });

  it.each([
    ['empty', 'connectionID='],
    ['long', `connectionID=${'x'.repeat(129)}`],
    ['given twice', 'connectionID=a&connectionID=b'],
    ['a reserved name', 'connectionID=__proto__'],
    ['a control character', 'connectionID=%00'],
  ])('lists nothing when the connectionID is %s', async (_, query) => {
    await using app = await TestApp.start();
    const refused = await app.http.get(`/broadcast?${query}`).expect(400);
    expect(refused.body).toMatchObject({ code: 'malformed_request' });
  });

  it('shows metrics to loopback and to nobody that a proxy on this machine speaks for', async () => {
    await using app = await TestApp.start();
    await app.http
      .get('/metrics')
      .expect(200)
      .expect('Content-Type', /^text\/plain/);
    const refused = await app.http.get('/metrics').set('X-Forwarded-For', '203.0.113.9').expect(403);
    expect(refused.body).toMatchObject({ code: 'forbidden' });
    expect(refused.text).not.toContain('azaan_listeners_active');
  });

  it('lets no origin call when none is listed', async () => {
    await using app = await TestApp.start();
    const { headers } = await app.http.get('/broadcast').set('Origin', 'https://app.example.org').expect(200);
    expect(headers['access-control-allow-origin']).toBeUndefined();
  });

  it('bounds how long a call may dawdle', async () => {
    await using app = await TestApp.start();
    const server = app.app.getHttpServer();
    expect(server.headersTimeout).toBeLessThanOrEqual(10_000);
    expect(server.requestTimeout).toBeLessThanOrEqual(20_000);
  });
});
