import { createHmac } from 'node:crypto';
import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { serverForAll, startServer } from '../support/server.js';
import { broadcasterOf, listenerOf } from '../support/tokens.js';

const SECRETS = ['the first secret of coturn', 'the second secret of coturn'] as const;
const URLS = ['turn:turn.example.org:3478?transport=udp', 'turns:turn.example.org:5349?transport=tcp'];
const TURN = {
  MEDIA_WORKERS: '1',
  TURN_URLS: URLS.join(','),
  TURN_SECRETS: SECRETS.join(','),
  TURN_TTL_SECONDS: '600',
};

interface IceServers {
  readonly iceServers: readonly { readonly urls: string[]; readonly username: string; readonly credential: string }[];
  readonly ttl: number;
}

describe('GET /ice-servers', () => {
  const server = serverForAll(TURN);

  async function ask(headers: Readonly<Record<string, string>> = {}): Promise<IceServers> {
    const answer = await request(server.url).get('/ice-servers').set(headers).expect(200);
    return answer.body as IceServers;
  }
  const clientOf = ({ iceServers }: IceServers) => iceServers[0]!.username.split(':')[1];

  it('gives a credential that coturn accepts until it expires, and that no cache keeps', async () => {
    const before = Math.floor(Date.now() / 1_000);
    const answer = await request(server.url).get('/ice-servers').expect(200).expect('Cache-Control', 'no-store');
    const { iceServers, ttl } = answer.body as IceServers;
    expect(ttl).toBe(600);
    expect(iceServers).toHaveLength(1);
    const { urls, username, credential } = iceServers[0]!;
    expect(urls).toEqual(URLS);
    const expiry = Number(username.split(':')[0]);
    expect(expiry - before).toBeGreaterThanOrEqual(600);
    expect(expiry - before).toBeLessThan(610);
    expect(credential).toBe(createHmac('sha1', SECRETS[0]).update(username).digest('base64'));
  });

  it('names one client always the same and others differently, so that quotas bite', async () => {
    const first = clientOf(await ask({ 'X-Forwarded-For': '203.0.113.1' }));
    expect(clientOf(await ask({ 'X-Forwarded-For': '203.0.113.1' }))).toBe(first);
    expect(clientOf(await ask({ 'X-Forwarded-For': '203.0.113.2' }))).not.toBe(first);
    expect(first).not.toContain('203.0.113.1');
  });

  it('refuses a token that is not valid', async () => {
    await request(server.url).get('/ice-servers').set('Authorization', 'Bearer not.a.token').expect(401);
  });
});

describe('GET /ice-servers of another server', () => {
  it('gives none where there is no TURN server', async () => {
    await using server = await startServer({ MEDIA_WORKERS: '1' });
    const { text } = await request(server.url).get('/ice-servers').expect(200);
    expect(text).toBe('{"iceServers":[],"ttl":3600}');
  });

  it('asks for a token where listeners need one, and takes that of whoever may join or speak', async () => {
    await using server = await startServer({ ...TURN, LISTENER_AUTH: 'token' });
    const ask = (headers: Readonly<Record<string, string>>) => request(server.url).get('/ice-servers').set(headers);
    await ask({}).expect(401);
    await ask({ Authorization: await listenerOf('m') }).expect(200);
    await ask({ Authorization: await broadcasterOf('m') }).expect(200);
  });
});
