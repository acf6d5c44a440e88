import request, { type Response, type Test } from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordedOffer } from '../support/offers.js';
import { startServer, type TestServer } from '../support/server.js';
import { broadcasterOf } from '../support/tokens.js';

const SPEAKER = recordedOffer('chromium-156-broadcaster');
const LISTENER = recordedOffer('chromium-156-listener');

/** One audio section with all that belongs to it, to be sent twice. */
const without = (line: RegExp) =>
  LISTENER.split('\r\n')
    .filter((each) => !line.test(each))
    .join('\r\n');
const offer = (sdp: unknown) => ({ connectionID: 'live', version: 1, sdp });
const named = (connectionID: unknown) => ({ connectionID, version: 1, sdp: LISTENER });

const BAD_SDP: readonly (readonly [name: string, sdp: unknown, status: number, code: string])[] = [
  ['missing', undefined, 400, 'malformed_request'],
  ['null', null, 400, 'malformed_request'],
  ['a number', 5, 400, 'malformed_request'],
  ['an array', [LISTENER], 400, 'malformed_request'],
  ['empty', '', 400, 'malformed_request'],
  ['an offer without text', { type: 'offer' }, 400, 'malformed_request'],
  ['an offer with empty text', { type: 'offer', sdp: '' }, 400, 'malformed_request'],
  ['an answer instead of an offer', { type: 'answer', sdp: LISTENER }, 400, 'malformed_request'],
  ['no SDP at all', 'hello', 400, 'malformed_sdp'],
  ['10,000 lines long', `${LISTENER.replaceAll('\r\n', '\n')}${'a=x\n'.repeat(10_000)}`, 400, 'malformed_sdp'],
  ['an offer with NUL bytes', LISTENER.replace('m=audio', 'm=au\0dio'), 400, 'malformed_sdp'],
  ['an offer without a fingerprint', without(/^a=fingerprint/), 400, 'malformed_sdp'],
  ['an offer with a sha-1 fingerprint', sha1(LISTENER), 400, 'malformed_sdp'],
  ['an offer without ICE credentials', without(/^a=ice-(ufrag|pwd)/), 400, 'malformed_sdp'],
  ['an offer without setup', without(/^a=setup/), 400, 'malformed_sdp'],
  ['an offer without audio', LISTENER.replace('m=audio', 'm=video'), 422, 'no_opus_audio'],
  ['an offer of PCMU only', LISTENER.replace(/opus\/48000\/2/g, 'PCMU/8000'), 422, 'no_opus_audio'],
  ['an offer of audio in no direction', LISTENER.replace('a=recvonly', 'a=inactive'), 422, 'no_opus_audio'],
];

const BAD_CONNECTION_ID: readonly (readonly [name: string, connectionID: unknown])[] = [
  ['missing', undefined],
  ['null', null],
  ['empty', ''],
  ['an object', { a: 1 }],
  ['an array', ['live']],
  ['a boolean', true],
  ['10 kB long', 'x'.repeat(10_240)],
  ['__proto__', '__proto__'],
  ['constructor', 'constructor'],
  ['a name with a NUL byte', 'a\0b'],
];

function sha1(sdp: string): string {
  return sdp.replace(/a=fingerprint:\S+ \S+/g, `a=fingerprint:sha-1 ${Array(20).fill('AB').join(':')}`);
}

describe.each(['/broadcast', '/consumer'])('bad input to POST %s', (path) => {
  let server: TestServer;
  let token: string;
  let count = 0;

  beforeAll(async () => {
    server = await startServer({ MEDIA_WORKERS: '1' });
    token = await broadcasterOf('live');
    await request(server.url)
      .post('/broadcast')
      .set('Authorization', token)
      .send({ connectionID: 'live', sdp: SPEAKER })
      .expect(200);
    await request(server.url).post('/consumer').send({ connectionID: 'live', sdp: LISTENER }).expect(200);
  });

  // Registered first, so that it runs last, whatever the checks below find.
  afterAll(() => server.close());

  /** Whatever came in: nothing of it is in the log, nothing broke, and nobody else noticed. */
  afterAll(async () => {
    const log = server.logs().join('\n');
    expect(log).not.toMatch(/v=0|m=audio|m=video|a=ice|a=fingerprint|PCMU/);
    expect(log).not.toContain('"level":"error"');
    const listeners = await request(server.url).get('/broadcast').expect(200);
    expect(listeners.body).toMatchObject({ live: [{ connectionID: 'live' }] });
    await request(server.url).post('/consumer').send({ connectionID: 'live', sdp: LISTENER }).expect(200);
  });

  const post = (): Test => {
    count += 1;
    return request(server.url).post(path).set('Authorization', token).set('X-Request-Id', `bad-${count}`);
  };

  async function expectRefusal(response: Response, status: number, code: string): Promise<void> {
    expect(response.status, response.text).toBe(status);
    expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
    const problem = JSON.parse(response.text) as Record<string, unknown>;
    expect(Object.keys(problem).sort()).toEqual(['code', 'detail', 'requestId', 'status', 'title', 'type']);
    expect(problem).toMatchObject({ type: `urn:azaan-relay:problem:${code}`, status, code });
    expect(problem['requestId']).toBe(response.headers['x-request-id']);
    expect(response.text).not.toMatch(/\bat .*\.js|a=ice|a=fingerprint/);

    const lines = () => server.records(`"requestId":"${String(problem['requestId'])}"`, '"latencyMs"');
    await expect.poll(lines, { interval: 2 }).toHaveLength(1);
    expect(lines()).toMatchObject([{ statusCode: status, code, route: path }]);
  }

  it.each(BAD_SDP)('refuses an sdp that is %s', async (_, sdp, status, code) => {
    await expectRefusal(await post().send(offer(sdp)), status, code);
  });

  it.each(BAD_SDP.filter(([, sdp]) => typeof sdp === 'string'))(
    'refuses an offer object whose sdp is %s',
    async (_, sdp, status, code) => {
      await expectRefusal(await post().send(offer({ type: 'offer', sdp })), status, code);
    },
  );

  it.each(BAD_CONNECTION_ID)('refuses a connectionID that is %s', async (_, connectionID) => {
    // By hand: an object literal would take __proto__ for something else.
    const body = JSON.stringify(named(connectionID));
    await expectRefusal(await post().type('json').send(body), 400, 'malformed_request');
  });

  it('refuses a version that is an object', async () => {
    await expectRefusal(await post().send({ ...named('live'), version: {} }), 400, 'malformed_request');
  });

  it('refuses a connectionID as a member called __proto__', async () => {
    const body = `{"__proto__":${JSON.stringify(named('live'))}}`;
    await expectRefusal(await post().type('json').send(body), 400, 'malformed_request');
  });

  it('refuses a call without a body', async () => {
    await expectRefusal(await post(), 400, 'malformed_request');
    await expectRefusal(await post().type('json').send(''), 400, 'malformed_request');
  });

  it.each(['[]', '"text"', '5', 'null', 'true'])('refuses the body %s', async (body) => {
    await expectRefusal(await post().type('json').send(body), 400, 'malformed_request');
  });

  it('refuses truncated JSON', async () => {
    const whole = JSON.stringify(offer(LISTENER));
    await expectRefusal(await post().type('json').send(whole.slice(0, -40)), 400, 'malformed_request');
  });

  it('refuses a body that is nested 20,000 levels deep', async () => {
    const body = `{"connectionID":"live","sdp":${'['.repeat(20_000)}${']'.repeat(20_000)}}`;
    await expectRefusal(await post().type('json').send(body), 400, 'malformed_request');
  });

  it('refuses a body of 1 MB', async () => {
    await expectRefusal(await post().send(offer('v'.repeat(1_048_576))), 413, 'payload_too_large');
  });

  it.each(['text/plain', 'application/sdp', 'application/octet-stream', 'multipart/form-data; boundary=x'])(
    'refuses the content type %s',
    async (type) => {
      await expectRefusal(await post().set('Content-Type', type).send(LISTENER), 415, 'unsupported_media_type');
    },
  );

  it('refuses a charset or an encoding that it does not read', async () => {
    const body = JSON.stringify(offer(LISTENER));
    const json = 'application/json';
    const inCharset = post().set('Content-Type', `${json}; charset=klingon`);
    await expectRefusal(await inCharset.send(body), 415, 'unsupported_media_type');
    const encoded = post().set('Content-Type', json).set('Content-Encoding', 'klingon');
    await expectRefusal(await encoded.send(body), 415, 'unsupported_media_type');
  });
});
