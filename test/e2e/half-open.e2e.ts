import { describe, expect, it } from 'vitest';
import { expectProblem, join, LISTENER } from '../support/calls.js';
import { isDtls } from '../support/datagram-kinds.js';
import { dtlsClientHello } from '../support/dtls-client-hello.js';
import { iceLogin } from '../support/ice-check.js';
import { ofAnotherClient } from '../support/offers.js';
import { RelayScene } from '../support/relay-scene.js';
import { breaksIn } from '../support/rtp-listener.js';
import { mediaPort, negotiate } from '../support/signaling.js';
import { StunClient } from '../support/stun-client.js';

const CROWD = 500;
const AT_ONCE = 50;
const HANDSHAKES = 2_000;
/** Of one that says hello itself. */
const ACTIVE = LISTENER.replace('a=setup:actpass', 'a=setup:active');

describe('listeners that ask and never connect', () => {
  const ask = ({ server, masjid }: RelayScene, address: string) => join(server, masjid, { 'X-Forwarded-For': address });

  it('are bounded per address, and keep nobody else out, not even the broadcaster of the same address', async () => {
    await using scene = await RelayScene.start({ MEDIA_WORKERS: '1', MAX_CONNECTING_PER_ADDRESS: '3' });
    await scene.broadcaster();
    for (let count = 0; count < 3; count += 1) expect((await ask(scene, '2001:db8::1')).status).toBe(200);

    const refused = await ask(scene, '2001:db8::2');
    expectProblem(refused, 503, 'capacity_reached');
    expect(refused.headers['retry-after']).toBe('5');
    expect((await ask(scene, '2001:db8:1::1')).status).toBe(200);

    // The address of this test itself: three that hang, and yet the masjid's own phone comes back.
    for (let count = 0; count < 3; count += 1) await ask(scene, '127.0.0.1');
    expect((await ask(scene, '127.0.0.1')).status).toBe(503);
    await scene.broadcaster();
  });

  it('make room again when they connect, and when their time is over', async () => {
    await using scene = await RelayScene.start({
      MEDIA_WORKERS: '1',
      MAX_CONNECTING_PER_ADDRESS: '1',
      PEER_CONNECT_TIMEOUT_MS: '1000',
    });
    await scene.broadcaster();
    for (let count = 0; count < 3; count += 1) {
      const { packets } = await scene.rtpListener();
      await expect.poll(() => packets.length).toBeGreaterThan(0);
    }
    expect((await ask(scene, '127.0.0.1')).status).toBe(200);
    expect((await ask(scene, '127.0.0.1')).status).toBe(503);
    await expect.poll(async () => (await ask(scene, '127.0.0.1')).status, { timeout: 5_000, interval: 200 }).toBe(200);
  });
});

describe('handshakes that are begun and never ended', () => {
  it(`${HANDSHAKES} of them, each with a hello that was answered, cost nobody a packet or a place`, async () => {
    const env = { MEDIA_WORKERS: '1', MAX_LISTENERS_PER_BROADCAST: '5000', PEER_CONNECT_TIMEOUT_MS: '30000' };
    await using scene = await RelayScene.start(env);
    await scene.speaker();
    const listeners = await Promise.all([scene.rtpListener(), scene.rtpListener()]);
    await expect.poll(() => listeners.every(({ packets }) => packets.length > 5)).toBe(true);
    await using halves = new AsyncDisposableStack();

    const begin = async (): Promise<StunClient> => {
      const offer = ofAnotherClient(ACTIVE);
      const { sdp } = await negotiate(scene.server.url, '/consumer', { connectionID: scene.masjid }, offer);
      const client = halves.use(await StunClient.open(mediaPort(sdp), iceLogin(sdp, offer)));
      if ((await client.check()) === undefined) throw new Error('a check was not answered');
      client.send(dtlsClientHello());
      return client;
    };
    const clients: StunClient[] = [];
    while (clients.length < HANDSHAKES) {
      clients.push(...(await Promise.all(Array.from({ length: AT_ONCE }, begin))));
    }
    const connecting = async (): Promise<number> =>
      (await scene.listenerStates())!.filter((state) => state === 'connecting').length;
    expect(await connecting()).toBe(HANDSHAKES);
    const answered = (): number => clients.filter(({ received }) => received.some(isDtls)).length;
    await expect.poll(answered, { timeout: 10_000 }).toBe(HANDSHAKES);

    // All of them open, and the door is too.
    const { packets } = await scene.rtpListener();
    await expect.poll(() => packets.length).toBeGreaterThan(0);
    for (const listener of listeners) expect(breaksIn(listener.packets)).toEqual([]);
    await expect.poll(connecting, { timeout: 60_000, interval: 500 }).toBe(0);
    expect(await scene.listenerStates()).toHaveLength(3);
    for (const listener of listeners) expect(breaksIn(listener.packets)).toEqual([]);
    expect(await scene.metric('azaan_media_worker_restarts_total')).toBe(0);
  });
});

describe('the share of one address', () => {
  it(`is enough for ${CROWD} listeners behind one carrier address, ${AT_ONCE} at once`, async () => {
    await using scene = await RelayScene.start({ MAX_CONNECTING_PER_ADDRESS: '' });
    await scene.broadcaster();
    for (let joined = 0; joined < CROWD; joined += AT_ONCE) {
      await Promise.all(Array.from({ length: AT_ONCE }, () => scene.rtpListener()));
    }
    const connected = async (): Promise<number> =>
      (await scene.listenerStates())!.filter((state) => state === 'connected').length;
    await expect.poll(connected, { timeout: 20_000, interval: 500 }).toBeGreaterThan(CROWD * 0.95);
    expect(await scene.metric('azaan_joins_total{result="capacity"}')).toBe(0);
  });
});
