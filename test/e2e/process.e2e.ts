import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { broadcast, expectProblem, join } from '../support/calls.js';
import { startServer } from '../support/server.js';

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
    await join(server, 'm').expect(200);
    await server.close();
  });

  it('answers 503 with Retry-After when a limit is reached, and goes on serving who is in', async () => {
    await using server = await startServer({ MEDIA_WORKERS: '1', MAX_BROADCASTS: '1', MAX_LISTENERS: '1' });
    expect((await broadcast(server, 'first')).status).toBe(200);
    await join(server, 'first').expect(200);
    for (const refused of [await broadcast(server, 'second'), await join(server, 'first')]) {
      expectProblem(refused, 503, 'capacity_reached');
      expect(refused.headers['retry-after']).toMatch(/^\d+$/);
    }
    expect((await broadcast(server, 'first')).status).toBe(200);
    const { text } = await request(server.url).get('/metrics');
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
