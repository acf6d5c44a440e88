import request, { type Response } from 'supertest';
import { describe, expect, it } from 'vitest';
import { recordedOffer } from '../support/offers.js';
import { startServer, type TestServer } from '../support/server.js';
import { broadcasterOf } from '../support/tokens.js';

const SPEAKER = recordedOffer('chromium-156-broadcaster');
const LISTENER = recordedOffer('chromium-156-listener');

async function broadcast({ url }: TestServer, connectionID: string): Promise<Response> {
  const token = await broadcasterOf(connectionID);
  return request(url).post('/broadcast').set('Authorization', token).send({ connectionID, sdp: SPEAKER });
}

/** Why a start failed, as a person reads it. */
async function failureOf(env: Readonly<Record<string, string>>): Promise<string> {
  const started = startServer(env);
  const error: unknown = await started.then(
    (server) => server.close(),
    (reason: unknown) => reason,
  );
  if (!(error instanceof Error)) throw new Error('the server started');
  return error.message;
}

describe('the server process', () => {
  it('names every bad variable on a line of its own, and shows no stack', async () => {
    const lines = (await failureOf({ PORT: 'http', OPUS_PTIME_MS: '25' })).split('\n');
    expect(lines).toEqual([
      expect.stringMatching(/main\.js did not start \(1\):$/),
      'azaan-relay cannot start:',
      'PORT="http" is not valid: give a whole number from 0 to 65535 (default: 3000)',
      'OPUS_PTIME_MS="25" is not valid: give one of 10, 20, 40, 60, 80, 100, 120 (default: 60)',
    ]);
  });

  it('says so when its address is taken, and leaves no worker behind', async () => {
    await using first = await startServer({ MEDIA_WORKERS: '1' });
    const failure = await failureOf({ MEDIA_WORKERS: '1', PORT: new URL(first.url).port });
    expect(failure).toContain('did not start (1)');
    expect(failure).toContain('the address is in use already');
  });

  it('stops with exit code 0 while peers are open', async () => {
    const server = await startServer({ MEDIA_WORKERS: '2' });
    expect((await broadcast(server, 'm')).status).toBe(200);
    await request(server.url).post('/consumer').send({ connectionID: 'm', sdp: LISTENER }).expect(200);
    await server.close();
  });

  it('answers 503 with Retry-After when a limit is reached, and goes on serving who is in', async () => {
    await using server = await startServer({ MEDIA_WORKERS: '1', MAX_BROADCASTS: '1', MAX_LISTENERS: '1' });
    const http = request(server.url);
    const join = () => http.post('/consumer').send({ connectionID: 'first', sdp: LISTENER });
    expect((await broadcast(server, 'first')).status).toBe(200);
    await join().expect(200);
    for (const refused of [await broadcast(server, 'second'), await join()]) {
      expect(refused.status).toBe(503);
      expect(refused.headers['retry-after']).toMatch(/^\d+$/);
      expect(refused.headers['content-type']).toMatch(/^application\/problem\+json/);
      expect(refused.body).toMatchObject({ code: 'capacity_reached', status: 503 });
    }
    expect((await broadcast(server, 'first')).status).toBe(200);
    const { text } = await http.get('/metrics');
    expect(text).toContain('azaan_joins_total{result="capacity"} 1');
    expect(text).toContain('azaan_listeners_active 1');
  });

  it('shows no API documentation when it is turned off', async () => {
    await using server = await startServer({ MEDIA_WORKERS: '1', API_DOCS: 'false' });
    await request(server.url).get('/docs').expect(404);
    await request(server.url).get('/docs-json').expect(404);
  });

  it('logs where to open the pages in development, and only there', async () => {
    await using development = await startServer({ MEDIA_WORKERS: '1', NODE_ENV: 'development' });
    await expect.poll(() => development.logs().join('\n')).toContain(`broadcast at ${development.url}/broadcaster`);
    await using production = await startServer({ MEDIA_WORKERS: '1', NODE_ENV: 'production' });
    expect(production.logs().join('\n')).not.toContain('/broadcaster');
  });
});
