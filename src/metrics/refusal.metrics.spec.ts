import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TestApp } from '../../test/support/app.js';
import { recordedOffer } from '../../test/support/offers.js';
import { listenerOf } from '../../test/support/tokens.js';
import { CapacityError } from '../errors/app-error.js';
import { ERROR_CODES } from '../errors/problem.js';

const offer = { connectionID: 'an-noor', sdp: recordedOffer('chromium-156-listener') };
const LISTENER = await listenerOf('an-noor');
const TOO_LONG = 'x'.repeat(70_000);

let app: TestApp;
beforeEach(async () => {
  app = await TestApp.start({ RATE_LIMIT_CALLS_PER_MINUTE: '6' });
});
afterEach(() => app[Symbol.asyncDispose]());

async function refusals(): Promise<string[]> {
  const { text } = await app.http.get('/metrics').expect(200);
  return text.split('\n').filter((line) => line.startsWith('azaan_http_refusals_total{'));
}

describe('azaan_http_refusals_total', () => {
  it('begins at 0 for every way to refuse a broadcaster or a listener', async () => {
    const lines = await refusals();
    expect(lines).toHaveLength(2 * ERROR_CODES.length);
    expect(lines.every((line) => line.endsWith(' 0'))).toBe(true);
  });

  it('counts each by its route and its reason, wherever it was refused', async () => {
    app.relay.joinBroadcast = () => Promise.reject(new CapacityError('full'));
    await app.http.post('/broadcast').send(offer).expect(401);
    await app.http.post('/broadcast').set('Authorization', LISTENER).send(offer).expect(403);
    await app.http.post('/consumer').send({}).expect(400);
    await app.http.post('/consumer').type('text').send('v=0').expect(415);
    await app.http.post('/consumer').send({ sdp: TOO_LONG }).expect(413);
    await app.http.post('/consumer/').send(offer).expect(503);
    await app.http.post('/consumer').send(offer).expect(429);
    expect((await refusals()).filter((line) => !line.endsWith(' 0')).sort()).toEqual([
      'azaan_http_refusals_total{route="/broadcast",code="forbidden"} 1',
      'azaan_http_refusals_total{route="/broadcast",code="unauthenticated"} 1',
      'azaan_http_refusals_total{route="/consumer",code="capacity_reached"} 1',
      'azaan_http_refusals_total{route="/consumer",code="malformed_request"} 1',
      'azaan_http_refusals_total{route="/consumer",code="payload_too_large"} 1',
      'azaan_http_refusals_total{route="/consumer",code="rate_limited"} 1',
      'azaan_http_refusals_total{route="/consumer",code="unsupported_media_type"} 1',
    ]);
  });

  it('counts no call that was answered', async () => {
    await app.http.post('/consumer').send(offer).expect(200);
    await app.http.get('/broadcast').expect(200);
    expect((await refusals()).every((line) => line.endsWith(' 0'))).toBe(true);
  });
});
