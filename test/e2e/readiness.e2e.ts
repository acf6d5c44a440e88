import process from 'node:process';
import request from 'supertest';
import { afterEach, expect, it } from 'vitest';
import { childrenOf } from '../support/processes.js';
import { startServer, type TestServer } from '../support/server.js';

const EVENTUALLY = { timeout: 20_000, interval: 200 };
/** One that gets no CPU may be starved by others: it is given half a minute. */
const REPLACED = { timeout: 40_000, interval: 200 };
const ANY_MACHINE = { READY_MIN_DISK_MB: '1', READY_MIN_MEMORY_MB: '1', READY_MAX_LAG_MS: '60000' };

let server: TestServer;
const stopped = new Set<number>();
afterEach(async () => {
  for (const pid of stopped) process.kill(pid, 'SIGKILL');
  stopped.clear();
  await server.close();
});

async function downParts(): Promise<string[]> {
  const { status, text } = await request(server.url).get('/readyz');
  const { details } = JSON.parse(text) as { readonly details: Readonly<Record<string, { readonly status: string }>> };
  const down = Object.keys(details).filter((part) => details[part]!.status !== 'up');
  expect(status).toBe(down.length === 0 ? 200 : 503);
  return down;
}

it('a worker that hangs makes the server unready, with the reason in the log alone, until it is replaced', async () => {
  server = await startServer({ MEDIA_WORKERS: '2', ...ANY_MACHINE });
  await expect.poll(downParts, EVENTUALLY).toEqual([]);
  const [worker] = await childrenOf(server.pid);
  process.kill(worker!, 'SIGSTOP');
  stopped.add(worker!);
  await expect.poll(downParts, EVENTUALLY).toContain('media_workers');
  const reasons = () => server.logs().filter((line) => line.includes('"not ready"'));
  await expect.poll(reasons).toHaveLength(1);
  expect(reasons()[0]).toMatch(/media worker \d has not reported for \d s/);
  // A worker that does not report is killed, and another takes its place.
  await expect.poll(downParts, REPLACED).toEqual([]);
  stopped.clear();
  // The answer may arrive before the line that was written first.
  await expect.poll(() => server.logs().some((line) => line.includes('"ready again"')), EVENTUALLY).toBe(true);
});

it('a TURN server that is not there makes the server unready', async () => {
  server = await startServer({
    MEDIA_WORKERS: '1',
    ...ANY_MACHINE,
    TURN_URLS: 'turn:127.0.0.1:9',
    TURN_SECRETS: 'the-secret-that-coturn-shares',
  });
  await expect.poll(downParts, EVENTUALLY).toEqual(['turn']);
});
