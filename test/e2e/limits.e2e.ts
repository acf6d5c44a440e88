import request, { type Response } from 'supertest';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { recordedOffer } from '../support/offers.js';
import { startServer, type TestServer } from '../support/server.js';
import { admin, broadcasterOf } from '../support/tokens.js';

const SPEAKER = recordedOffer('chromium-156-broadcaster');
const LISTENER = recordedOffer('chromium-156-listener');

let server: TestServer;
/** As the proxy on this machine says; every test has an address of its own. */
let address: string;
let addresses = 0;

beforeEach(() => {
  addresses += 1;
  address = `203.0.113.${addresses}`;
});

const from = (callers: string) => ({ 'X-Forwarded-For': callers });
const join = (masjid: string, callers = address) =>
  request(server.url).post('/consumer').set(from(callers)).send({ connectionID: masjid, sdp: LISTENER });
const broadcast = async (masjid: string, callers = address) =>
  request(server.url)
    .post('/broadcast')
    .set({ ...from(callers), Authorization: await broadcasterOf(masjid) })
    .send({ connectionID: masjid, sdp: SPEAKER });

function expectLimited(answer: Response, longestWaitSeconds: number): void {
  expect(answer.status).toBe(429);
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(answer.body).toMatchObject({ status: 429, code: 'rate_limited' });
  const seconds = Number(answer.headers['retry-after']);
  expect(seconds).toBeGreaterThanOrEqual(1);
  expect(seconds).toBeLessThanOrEqual(longestWaitSeconds);
}

/** What the log says of an address that reached a limit. */
const linesAbout = (caller: string) => server.records('"rate limit reached"', `"${caller}"`);

/** How many of the calls were answered with each status. */
async function statuses(calls: number, call: () => PromiseLike<Response>): Promise<Record<number, number>> {
  const counts: Record<number, number> = {};
  for (let index = 0; index < calls; index += 1) {
    const { status } = await call();
    counts[status] = (counts[status] ?? 0) + 1;
  }
  return counts;
}

describe('limits as they come', () => {
  beforeAll(async () => {
    server = await startServer({
      MEDIA_WORKERS: '2',
      RATE_LIMIT_CALLS_PER_MINUTE: '',
      RATE_LIMIT_JOINS_PER_MINUTE: '',
      RATE_LIMIT_BROADCASTS_PER_MINUTE: '',
      RATE_LIMIT_LISTS_PER_MINUTE: '',
      RATE_LIMIT_TOKENS_PER_MINUTE: '',
      BAN_AFTER_FAILURES: '',
    });
  });
  afterAll(() => server.close());

  it('let 500 listeners behind one carrier address wait for a broadcast, ask for TURN, and join it at once', async () => {
    const crowd = Array.from({ length: 500 });
    const ask = async (call: () => PromiseLike<Response>): Promise<number[]> => {
      const answers: number[] = [];
      for (let start = 0; start < crowd.length; start += 50) {
        const batch = crowd.slice(start, start + 50).map(async () => (await call()).status);
        answers.push(...(await Promise.all(batch)));
      }
      return answers;
    };
    const allWell = crowd.map(() => 200);
    expect(await ask(() => join('crowd')), 'waiting').toEqual(allWell);
    expect(await ask(() => request(server.url).get('/ice-servers').set(from(address))), 'TURN').toEqual(allWell);
    expect((await broadcast('crowd', '198.51.100.1')).status).toBe(200);
    expect(await ask(() => join('crowd')), 'joining').toEqual(allWell);
  });
});

describe('limits of a few', () => {
  beforeAll(async () => {
    server = await startServer({
      MEDIA_WORKERS: '1',
      RATE_LIMIT_CALLS_PER_MINUTE: '30',
      RATE_LIMIT_JOINS_PER_MINUTE: '5',
      RATE_LIMIT_BROADCASTS_PER_MINUTE: '2',
      RATE_LIMIT_LISTS_PER_MINUTE: '3',
      RATE_LIMIT_TOKENS_PER_MINUTE: '2',
    });
    expect((await broadcast('live', '198.51.100.1')).status).toBe(200);
  });
  afterAll(() => server.close());

  it('refuse joins beyond theirs, and tell when the next one fits', async () => {
    expect(await statuses(8, () => join('live'))).toEqual({ 200: 5, 429: 3 });
    expectLimited(await join('live'), 60 / 5);
  });

  it('count each address alone', async () => {
    await statuses(6, () => join('live'));
    expectLimited(await join('live'), 12);
    expect((await join('live', '198.51.100.77')).status).toBe(200);
  });

  it('do not take a question for a broadcast that has not begun for a join', async () => {
    expect(await statuses(20, () => join('not begun'))).toEqual({ 200: 20 });
    expect((await join('live')).status).toBe(200);
  });

  it('take a whole /64 for one address, and an IPv4 address in IPv6 clothes for what it is', async () => {
    const network = '2001:db8:77:1';
    expect(await statuses(5, () => join('live', `${network}::${Math.random().toString(16).slice(2, 6)}`))).toEqual({
      200: 5,
    });
    expectLimited(await join('live', `${network}:ffff::1`), 12);
    expect((await join('live', '2001:db8:77:2::1')).status).toBe(200);
    await statuses(5, () => join('live'));
    expectLimited(await join('live', `::ffff:${address}`), 12);
  });

  it('believe no address that a caller put before the one that the proxy saw', async () => {
    await statuses(5, () => join('live', `10.9.8.7, ${address}`));
    expectLimited(await join('live', `10.1.2.3, 172.16.0.1, ${address}`), 12);
    expectLimited(await join('live'), 12);
    expect((await join('live', '10.9.8.7')).status).toBe(200);
  });

  it('are stricter for broadcasts, for each masjid behind an address', async () => {
    const of = (masjid: string) => async () => broadcast(masjid);
    expect(await statuses(4, of('first'))).toEqual({ 200: 2, 429: 2 });
    expectLimited(await broadcast('first'), 30);
    expect(await statuses(2, of('second'))).toEqual({ 200: 2 });
  });

  it('are not used up by those who may not broadcast at all', async () => {
    const unknown = () =>
      request(server.url).post('/broadcast').set(from(address)).send({ connectionID: 'own', sdp: SPEAKER });
    expect(await statuses(10, unknown)).toEqual({ 401: 10 });
    expect((await broadcast('own')).status).toBe(200);
  });

  it('are strict for tokens', async () => {
    const authorization = await admin();
    const mint = () =>
      request(server.url)
        .post('/auth/token')
        .set({ ...from(address), Authorization: authorization })
        .send({ role: 'broadcaster', masjidId: 'm' });
    expect(await statuses(3, mint)).toEqual({ 200: 2, 429: 1 });
    expectLimited(await mint(), 30);
  });

  it('hold for lists of listeners', async () => {
    const list = () => request(server.url).get('/broadcast').set(from(address));
    expect(await statuses(4, list)).toEqual({ 200: 3, 429: 1 });
    expectLimited(await list(), 20);
  });

  it('hold for all calls together, before anything of them is read', async () => {
    await statuses(30, () => join('not begun'));
    const unreadable = request(server.url).post('/consumer').set(from(address)).type('text/plain').send('x');
    expectLimited(await unreadable, 2);
    expectLimited(await request(server.url).get('/ice-servers').set(from(address)), 2);
  });

  it('never hold for health and pages', async () => {
    await statuses(31, () => join('not begun'));
    for (const path of ['/healthz', '/', '/azaan-client.js']) {
      expect((await request(server.url).get(path).set(from(address))).status, path).toBe(200);
    }
  });

  it('log each masjid that reaches one, also behind the address of another', async () => {
    for (const masjid of ['first', 'second']) for (let call = 0; call < 4; call += 1) await broadcast(masjid);
    await expect.poll(() => linesAbout(address).map(({ masjidId }) => masjidId)).toEqual(['first', 'second']);
  });

  it('log an address that reaches one once, with its user agent, and not every call that is refused', async () => {
    const agent = { 'User-Agent': `agent-of-${address}` };
    await statuses(12, () => join('live').set(agent));
    await expect.poll(() => linesAbout(address).length).toBeGreaterThan(0);
    expect(linesAbout(address)).toHaveLength(1);
    expect(linesAbout(address)[0]).toMatchObject({
      level: 'warn',
      limit: 'joins',
      masjidId: 'live',
      requestId: expect.stringMatching(/^[\w-]{36}$/) as unknown,
      address,
      userAgent: agent['User-Agent'],
    });
  });
});
