import { fork } from 'node:child_process';
import { once } from 'node:events';
import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { broadcast, expectProblem, join } from '../support/calls.js';
import { openUdp } from '../support/loopback.js';
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

  it('says in one line which media port is taken', async () => {
    const taken = await openUdp();
    const { port } = taken.address();
    const failure = await failureOf({
      MEDIA_WORKERS: '1',
      MEDIA_BIND_ADDRESS: '127.0.0.1',
      MEDIA_UDP_PORT_BASE: String(port),
    });
    taken.close();
    expect(failure.split('\n').slice(1)).toEqual([
      'azaan-relay cannot start:',
      expect.stringContaining(`UDP port ${port} cannot be bound (EADDRINUSE): end the program that uses it`),
    ]);
  });

  it('says in one line that koffi is not there, as after npm ci --omit=optional', async () => {
    // As a worker is started, in a Node.js that does not find the package.
    const hook = `import { registerHooks } from 'node:module';
      const resolve = (name, context, next) => next(name === 'koffi' ? './not-there.js' : name, context);
      registerHooks({ resolve });`;
    const execArgv = ['--import', `data:text/javascript,${encodeURIComponent(hook)}`];
    const worker = fork('dist/relay/media/worker-main.js', { serialization: 'advanced', execArgv, stdio: 'ignore' });
    worker.send([{ id: 1, name: 'start', body: { udpPort: 0 } }]);
    const [answers] = (await once(worker, 'message')) as [readonly unknown[]];
    const message: unknown = expect.stringMatching(/^The media engine needs the package koffi .+: run npm ci/);
    expect(answers).toEqual([{ kind: 'failure', id: 1, message }]);
    worker.disconnect();
    await once(worker, 'exit');
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
