import request, { type Response } from 'supertest';
import { beforeAll, describe, expect, it } from 'vitest';
import { SPEAKER, addressOfEachTest, broadcast, expectWait, join } from '../support/calls.js';
import { serverForAll } from '../support/server.js';
import { admin } from '../support/tokens.js';

/** As the proxy on this machine says. */
const address = addressOfEachTest();
const from = (callers: string) => ({ 'X-Forwarded-For': callers });

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
  const server = serverForAll({
    MEDIA_WORKERS: '2',
    RATE_LIMIT_CALLS_PER_MINUTE: '',
    RATE_LIMIT_JOINS_PER_MINUTE: '',
    RATE_LIMIT_BROADCASTS_PER_MINUTE: '',
    RATE_LIMIT_LISTS_PER_MINUTE: '',
    RATE_LIMIT_TOKENS_PER_MINUTE: '',
    BAN_AFTER_FAILURES: '',
  });

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
    expect(await ask(() => join(server, 'crowd', from(address.current))), 'waiting').toEqual(allWell);
    expect(await ask(() => request(server.url).get('/ice-servers').set(from(address.current))), 'TURN').toEqual(
      allWell,
    );
    expect((await broadcast(server, 'crowd', from('198.51.100.1'))).status).toBe(200);
    expect(await ask(() => join(server, 'crowd', from(address.current))), 'joining').toEqual(allWell);
  });
});

describe('limits of a few', () => {
  const server = serverForAll({
    MEDIA_WORKERS: '1',
    RATE_LIMIT_CALLS_PER_MINUTE: '30',
    RATE_LIMIT_JOINS_PER_MINUTE: '5',
    RATE_LIMIT_BROADCASTS_PER_MINUTE: '2',
    RATE_LIMIT_LISTS_PER_MINUTE: '3',
    RATE_LIMIT_TOKENS_PER_MINUTE: '2',
  });
  beforeAll(async () => {
    expect((await broadcast(server, 'live', from('198.51.100.1'))).status).toBe(200);
  });

  const joinAs = (masjid: string, callers = address.current) => join(server, masjid, from(callers));
  const broadcastAs = (masjid: string) => broadcast(server, masjid, from(address.current));
  const expectLimited = (answer: Response, seconds: number) => expectWait(answer, 'rate_limited', seconds);
  /** What the log says of an address that reached a limit. */
  const linesAbout = (caller: string) => server.records('"rate limit reached"', `"${caller}"`);

  it('refuse joins beyond theirs, and tell when the next one fits', async () => {
    expect(await statuses(8, () => joinAs('live'))).toEqual({ 200: 5, 429: 3 });
    expectLimited(await joinAs('live'), 60 / 5);
  });

  it('do not take a question for a broadcast that has not begun for a join', async () => {
    expect(await statuses(20, () => joinAs('not begun'))).toEqual({ 200: 20 });
    expect((await joinAs('live')).status).toBe(200);
  });

  it('take a whole /64 for one address, and an IPv4 address in IPv6 clothes for what it is', async () => {
    const network = '2001:db8:77:1';
    expect(await statuses(5, () => joinAs('live', `${network}::${Math.random().toString(16).slice(2, 6)}`))).toEqual({
      200: 5,
    });
    expectLimited(await joinAs('live', `${network}:ffff::1`), 12);
    expect((await joinAs('live', '2001:db8:77:2::1')).status).toBe(200);
    await statuses(5, () => joinAs('live'));
    expectLimited(await joinAs('live', `::ffff:${address.current}`), 12);
  });

  it('believe no address that a caller put before the one that the proxy saw', async () => {
    await statuses(5, () => joinAs('live', `10.9.8.7, ${address.current}`));
    expectLimited(await joinAs('live', `10.1.2.3, 172.16.0.1, ${address.current}`), 12);
    expectLimited(await joinAs('live'), 12);
    expect((await joinAs('live', '10.9.8.7')).status).toBe(200);
  });

  it('are stricter for broadcasts, for each masjid behind an address', async () => {
    const of = (masjid: string) => () => broadcastAs(masjid);
    expect(await statuses(4, of('first'))).toEqual({ 200: 2, 429: 2 });
    expectLimited(await broadcastAs('first'), 30);
    expect(await statuses(2, of('second'))).toEqual({ 200: 2 });
  });

  it('are not used up by those who may not broadcast at all', async () => {
    const unknown = () =>
      request(server.url).post('/broadcast').set(from(address.current)).send({ connectionID: 'own', sdp: SPEAKER });
    expect(await statuses(10, unknown)).toEqual({ 401: 10 });
    expect((await broadcastAs('own')).status).toBe(200);
  });

  it('are strict for tokens', async () => {
    const authorization = await admin();
    const mint = () =>
      request(server.url)
        .post('/auth/token')
        .set({ ...from(address.current), Authorization: authorization })
        .send({ role: 'broadcaster', masjidId: 'm' });
    expect(await statuses(3, mint)).toEqual({ 200: 2, 429: 1 });
    expectLimited(await mint(), 30);
  });

  it('hold for lists of listeners', async () => {
    const list = () => request(server.url).get('/broadcast').set(from(address.current));
    expect(await statuses(4, list)).toEqual({ 200: 3, 429: 1 });
    expectLimited(await list(), 20);
  });

  it('hold for all calls together, before anything of them is read', async () => {
    await statuses(30, () => joinAs('not begun'));
    const unreadable = request(server.url).post('/consumer').set(from(address.current)).type('text/plain').send('x');
    expectLimited(await unreadable, 2);
    expectLimited(await request(server.url).get('/ice-servers').set(from(address.current)), 2);
  });

  it('never hold for health and pages', async () => {
    await statuses(31, () => joinAs('not begun'));
    for (const path of ['/healthz', '/', '/azaan-client.js']) {
      expect((await request(server.url).get(path).set(from(address.current))).status, path).toBe(200);
    }
  });

  it('log each masjid that reaches one, also behind the address of another', async () => {
    for (const masjid of ['first', 'second']) for (let call = 0; call < 4; call += 1) await broadcastAs(masjid);
    await expect.poll(() => linesAbout(address.current).map(({ masjidId }) => masjidId)).toEqual(['first', 'second']);
  });

  it('log an address that reaches one once, with its user agent, and not every call that is refused', async () => {
    const agent = { 'User-Agent': `agent-of-${address.current}` };
    await statuses(12, () => joinAs('live').set(agent));
    await expect.poll(() => linesAbout(address.current).length).toBeGreaterThan(0);
    expect(linesAbout(address.current)).toHaveLength(1);
    expect(linesAbout(address.current)[0]).toMatchObject({
      level: 'warn',
      limit: 'joins',
      masjidId: 'live',
      requestId: expect.stringMatching(/^[\w-]{36}$/) as unknown,
      address: address.current,
      userAgent: agent['User-Agent'],
    });
  });
});
