import { createServer } from 'node:net';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { TestApp } from '../../test/support/app.js';
import { end, listen, openUdp } from '../../test/support/loopback.js';
import { relaySnapshot, workerSnapshot } from '../../test/support/snapshots.js';
import { ProcessLoad } from '../process/process-load.js';
import type { RelaySnapshot } from '../relay/relay.types.js';
import type { Readiness } from './readiness.dto.js';

const UP = { status: 'up' };
const DOWN = { status: 'down' };
const ALL_UP = { media_workers: UP, media_ports: UP, accepting: UP, event_loop: UP, memory: UP, log_disk: UP };
const TURN_SECRETS = 'a-secret-of-twenty-characters';

let app: TestApp | undefined;
afterEach(async () => {
  vi.restoreAllMocks();
  await app?.[Symbol.asyncDispose]();
});

/** What `/readyz` answers before a relay with two sound workers, but for `changes`. */
async function readiness(changes: Partial<RelaySnapshot> = {}, env: NodeJS.ProcessEnv = {}) {
  app = await TestApp.start(env);
  app.relay.snapshot = () => relaySnapshot({ workers: [workerSnapshot(0), workerSnapshot(1)], ...changes });
  const { status, text } = await app.http.get('/readyz');
  return { status, text, details: (JSON.parse(text) as Readiness).details };
}

/** The configuration of a TURN server on this machine, which sends back what `answer` makes of a request. */
async function turnServer(answer: (request: Buffer) => Buffer): Promise<NodeJS.ProcessEnv> {
  const turn = await openUdp();
  onTestFinished(() => void turn.close());
  turn.on('message', (request, { port, address }) => turn.send(answer(request), port, address));
  return { TURN_URLS: `turn:127.0.0.1:${turn.address().port}?transport=udp`, TURN_SECRETS };
}

function bindingSuccess(request: Buffer): Buffer {
  const answer = Buffer.from(request);
  answer.writeUInt16BE(0x0101, 0);
  return answer;
}

const dead = { ...workerSnapshot(1, { ready: false }), pid: undefined, udpPort: undefined, reportAgeMs: undefined };

describe('GET /readyz', () => {
  it('is 200 with every part by name when all is well', async () => {
    const { status, text } = await readiness();
    expect(status).toBe(200);
    expect(JSON.parse(text)).toEqual({ status: 'ok', details: ALL_UP });
  });

  it.each([
    ['media_workers', 'a worker is being replaced', { workers: [workerSnapshot(0), dead] }],
    ['media_workers', 'a worker does not report', { workers: [workerSnapshot(0, { reportAgeMs: 6_000 })] }],
    ['media_workers', 'there is no worker', { workers: [] }],
    ['media_ports', 'a worker holds no port', { workers: [{ ...workerSnapshot(0), udpPort: undefined }] }],
    ['accepting', 'it is drained', { draining: true }],
    ['accepting', 'it stops', { stopping: true }],
  ])('is 503 with %s down when %s', async (part, _why, changes) => {
    const { status, details } = await readiness(changes);
    expect(status).toBe(503);
    expect(details[part]).toEqual(DOWN);
  });

  it.each([
    ['log_disk', { READY_MIN_DISK_MB: '1000000' }],
    ['log_disk', { LOG_DIRECTORY: '/no/such/directory' }],
    ['memory', { READY_MIN_MEMORY_MB: '1000000' }],
  ])('is 503 with %s down when %o is not met', async (part, env) => {
    const { status, details } = await readiness({}, env);
    expect(status).toBe(503);
    expect(details).toEqual({ ...ALL_UP, [part]: DOWN });
  });

  it.each([
    [DOWN, 503, 501],
    [UP, 200, 500],
  ])('has event_loop %o, and is %i, when the loop is %i ms late in each second', async (part, status, lagMs) => {
    vi.spyOn(ProcessLoad.prototype, 'sustainedLagMs', 'get').mockReturnValue(lagMs);
    const answer = await readiness({}, { READY_MAX_LAG_MS: '500' });
    expect(answer.status).toBe(status);
    expect(answer.details['event_loop']).toEqual(part);
  });

  it('tells nobody why', async () => {
    const { text } = await readiness({ workers: [] }, { LOG_DIRECTORY: '/no/such/directory' });
    expect(text).not.toMatch(/directory|ENOENT|worker |message|responseTime/);
  });

  it('has TURN up when the server answers a binding request', async () => {
    const { status, details } = await readiness({}, await turnServer(bindingSuccess));
    expect(status).toBe(200);
    expect(details['turn']).toEqual(UP);
  });

  it('has TURN down within its deadline when nothing that answers is the TURN server', async () => {
    const { status, details } = await readiness({}, await turnServer(() => Buffer.alloc(20, 1)));
    expect(status).toBe(503);
    expect(details['turn']).toEqual(DOWN);
  });

  it('has TURN up over TCP alone when it takes connections', async () => {
    const turn = createServer((socket) => socket.destroy());
    onTestFinished(() => end(turn));
    const url = `turns:127.0.0.1:${await listen(turn)}?transport=tcp`;
    expect((await readiness({}, { TURN_URLS: url, TURN_SECRETS })).details['turn']).toEqual(UP);
  });

  it('asks the TURN server once for many callers', async () => {
    const answer = vi.fn(bindingSuccess);
    await readiness({}, await turnServer(answer));
    await Promise.all(Array.from({ length: 20 }, () => app!.http.get('/readyz').expect(200)));
    expect(answer).toHaveBeenCalledTimes(1);
  });
});

describe('GET /healthz', () => {
  it('answers whatever is down', async () => {
    await readiness({ workers: [], draining: true });
    const { text } = await app!.http.get('/healthz').expect(200);
    expect(JSON.parse(text)).toEqual({ status: 'ok' });
  });
});
