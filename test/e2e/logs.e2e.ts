import process from 'node:process';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { RelayScene } from '../support/relay-scene.js';
import { startServer } from '../support/server.js';
import { postOffer } from '../support/signaling.js';
import { TEST_JWT_KEYS, admin, broadcasterOf, claims, listenerOf, sign } from '../support/tokens.js';

const TURN_SECRET = 'the-secret-that-coturn-shares';
const HEARD = { timeout: 10_000 };

interface Line extends Readonly<Record<string, unknown>> {
  readonly msg: string;
}

/** Whole words alone: a user name of four letters may be part of anything. */
function contains(text: string, secret: string): boolean {
  const literal = secret.replace(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`);
  return new RegExp(`(?<![\\w+/])${literal}(?![\\w+/])`).test(text);
}

function secretsOfSdp(sdp: string): string[] {
  return [...sdp.matchAll(/^a=(?:ice-ufrag:|ice-pwd:|fingerprint:sha-256 )(\S+)/gm)].map(([, value]) => value!);
}

describe('the log of a whole broadcast, with everything on', () => {
  let scene: RelayScene;
  let secrets: string[];
  /** What was answered to operators while it ran. */
  let shown: string;
  let all: string;
  let lines: Line[];

  beforeAll(async () => {
    secrets = [TURN_SECRET, TEST_JWT_KEYS.split(':')[1]!];
    scene = await RelayScene.start({
      LOG_LEVEL: 'trace',
      LISTENER_AUTH: 'token',
      TURN_URLS: 'turn:127.0.0.1:9',
      TURN_SECRETS: TURN_SECRET,
    });
    const { server, masjid } = scene;
    const http = request(server.url);
    const keep = (authorization: string): string => {
      secrets.push(...authorization.replace('Bearer ', '').split('.'));
      return authorization;
    };
    const speaker = keep(await broadcasterOf(masjid));
    const hearer = keep(await listenerOf(masjid));
    const operator = keep(await admin());

    const broadcaster = await scene.broadcaster({ authorization: speaker });
    const listener = await scene.listener({ authorization: hearer });
    const takeover = await scene.broadcaster({ authorization: speaker });
    await listener.untilHears(1_000);
    for (const peer of [broadcaster.peer, listener.peer, takeover.peer]) {
      secrets.push(...secretsOfSdp(peer.localDescription!.sdp), ...secretsOfSdp(peer.remoteDescription!.sdp));
    }

    const ice = await http.get('/ice-servers').set('Authorization', hearer).expect(200);
    const { iceServers } = ice.body as { iceServers: readonly { username: string; credential: string }[] };
    secrets.push(iceServers[0]!.credential, iceServers[0]!.username);
    const issued = await http.post('/auth/token').set('Authorization', operator).send({ role: 'admin' }).expect(200);
    keep((issued.body as { token: string }).token);

    // Whatever goes wrong must be told, and must not quote what it was sent.
    const forged = keep(`Bearer ${await sign(claims({ role: 'admin', aud: 'another' }))}`);
    const offer = broadcaster.peer.localDescription!.sdp;
    await http.get('/status').set('Authorization', forged).expect(401);
    await http.get(`/status?token=${operator.slice(7)}`).expect(401);
    await http.get(`/${operator.slice(7)}`).expect(404);
    const agent = operator.slice(7);
    await http.post('/broadcast').set('User-Agent', agent).set('Referer', `https://x/${agent}`).send({}).expect(401);
    await postOffer(
      server.url,
      '/consumer',
      { connectionID: masjid, authorization: hearer },
      `${offer}a=ice-pwd:short`,
    );
    await http
      .post('/consumer')
      .set('Authorization', hearer)
      .type('json')
      .send(`{"sdp":"${offer.slice(0, 400)}`)
      .expect(400);
    await http
      .post('/consumer')
      .set('Authorization', hearer)
      .send({ connectionID: offer.slice(0, 100), sdp: offer })
      .expect((answer) => expect(answer.status).toBeGreaterThanOrEqual(400));

    const status = await http.get('/status').set('Authorization', operator).expect(200);
    const metrics = await http.get('/metrics').expect(200);
    const ready = await http.get('/readyz');
    shown = status.text + metrics.text + ready.text;
    listener.close();
    await vi.waitFor(() => expect(server.logs().join('\n')).toMatch(/"role":"listener".*"peer closed"/), HEARD);
    broadcaster.close();
    takeover.close();
    await server.close();
    all = server.logs().join('\n');
    lines = server.logs().map((line) => JSON.parse(line) as Line);
  });
  afterAll(() => scene[Symbol.asyncDispose]());

  const linesOf = (msg: string) => lines.filter((line) => line.msg === msg);

  it('was searched by something that finds', () => {
    expect(contains('{"credential":"ab+c/d="}', 'ab+c/d=')).toBe(true);
    expect(contains(all, 'an-noor')).toBe(true);
    expect(linesOf('suspicious call').filter(({ userAgent }) => userAgent === '[token]')).toHaveLength(1);
  });

  it('holds no SDP, token, key, ICE or TURN credential, and no more do status and metrics', () => {
    expect(secrets.length).toBeGreaterThan(30);
    expect(secrets.filter((secret) => contains(all, secret) || contains(shown, secret))).toEqual([]);
    expect(all + shown).not.toMatch(/v=0|a=ice|a=cand|m=audio|eyJ|-----BEGIN/);
  });

  it('tells of each call which route, which masjid, how long, and what came of it', () => {
    const join = lines.find((line) => line['route'] === '/consumer' && line['statusCode'] === 200)!;
    expect(join).toMatchObject({ level: 'info', method: 'POST', masjidId: 'an-noor', connectionID: 'an-noor' });
    expect(join['latencyMs']).toBeTypeOf('number');
    expect(join['requestId']).toMatch(/^[\w-]{36}$/);
  });

  it('follows a peer by the id of the request that brought it, to its end', () => {
    const join = lines.find((line) => line['route'] === '/consumer' && line['statusCode'] === 200)!;
    const ofJoin = lines.filter((line) => line['requestId'] === join['requestId']).map(({ msg }) => msg);
    expect(ofJoin).toEqual([join.msg, 'peer closed']);
    const closed = linesOf('peer closed').find((line) => line['requestId'] === join['requestId'])!;
    expect(closed).toMatchObject({ masjidId: 'an-noor', role: 'listener', wasConnected: true, wasHeard: true });
    expect(closed['reason']).toBeTypeOf('string');
    expect(closed['worker']).toBeTypeOf('number');
  });

  it('names the broadcaster that was taken over by its own request, not by the one that took over', () => {
    const [first, second] = lines.filter((line) => line['route'] === '/broadcast' && line['method'] === 'POST');
    const ends = linesOf('peer closed').filter((line) => line['role'] === 'broadcaster');
    expect(ends.map((line) => line['requestId'])).toEqual([first!['requestId'], second!['requestId']]);
  });

  it('has every name once in a line, and the last line of the server', () => {
    for (const line of all.split('\n')) expect(line.match(/"requestId":/g)?.length ?? 0, line).toBeLessThan(2);
    expect(all).toContain('"msg":"stopping"');
  });
});

describe('SIGUSR2', () => {
  it('shows debug lines until it comes again, and ends no worker', async () => {
    await using server = await startServer({ MEDIA_WORKERS: '1' });
    const http = request(server.url);
    const isLogged = async (id: string): Promise<boolean> => {
      await http.get('/healthz').set('X-Request-Id', id).expect(200);
      // Lines come in order: when this one is there, so was the one before, if it was written at all.
      await http.get('/nowhere').set('X-Request-Id', `after-${id}`).expect(404);
      await expect.poll(() => server.logs().some((line) => line.includes(`"after-${id}"`))).toBe(true);
      return server.logs().some((line) => line.includes(`"${id}"`));
    };
    const signal = async (word: string): Promise<void> => {
      process.kill(server.pid, 'SIGUSR2');
      await expect.poll(() => server.logs().join('\n')).toContain(word);
    };
    expect(await isLogged('before')).toBe(false);
    await signal('the level is debug for 15 minutes');
    expect(await isLogged('during')).toBe(true);
    await signal('the level is info again');
    expect(await isLogged('later')).toBe(false);
  });

  it('reaches the workers too when a whole group is signalled, and they live on', async () => {
    await using scene = await RelayScene.start({ MEDIA_WORKERS: '1' });
    const broadcaster = await scene.broadcaster();
    const worker = await scene.workerPid(broadcaster.answer);
    process.kill(worker, 'SIGUSR2');
    await scene.hearer();
    expect(await scene.metric('azaan_media_worker_restarts_total')).toBe(0);
  });
});

describe('every server of these tests', () => {
  it('is found out when it writes a secret anywhere', async () => {
    const spill = "data:text/javascript,console.error('-----BEGIN%20PRIVATE%20KEY-----')";
    const server = await startServer({ MEDIA_WORKERS: '1', NODE_OPTIONS: `--import=${spill}` });
    await expect(server.close()).rejects.toThrow('hold a PEM');
  });
});
