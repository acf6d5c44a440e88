import { describe, expect, it } from 'vitest';
import { LISTENER, broadcast, expectProblem, join } from '../support/calls.js';
import { childrenOf, isRunning } from '../support/processes.js';
import { RelayScene } from '../support/relay-scene.js';
import { postOffer } from '../support/signaling.js';

const EVENTUALLY = { timeout: 20_000, interval: 50 };
const VANISHED_GONE_MS = 10_000;
const POLITE_GONE_MS = 2_000;
const STOP_MS = 5_000;

const disconnects = (role: string, reason: string) => `azaan_peer_disconnects_total{role="${role}",reason="${reason}"}`;

describe('a listener', () => {
  it('that is killed is gone within 10 s, and costs the others nothing', async () => {
    await using scene = await RelayScene.start({ MEDIA_WORKERS: '1', PEER_SILENCE_TIMEOUT_MS: '9000' });
    await scene.broadcaster();
    const killed = await scene.peerProcess('listen');
    const staying = await scene.hearer();
    expect(await scene.listenerStates()).toHaveLength(2);

    await killed.kill();
    const killedAtMs = performance.now();
    await expect.poll(() => scene.listenerStates(), EVENTUALLY).toHaveLength(1);
    expect(performance.now() - killedAtMs).toBeLessThan(VANISHED_GONE_MS);
    expect(await scene.metric(disconnects('listener', 'silent'))).toBe(1);
    expect(staying.tone?.frequencyHz).toBe(1_000);
  });

  it('that says goodbye is gone within 2 s', async () => {
    await using scene = await RelayScene.start({ MEDIA_WORKERS: '1' });
    await scene.broadcaster();
    const leaving = await scene.hearer();

    leaving.close();
    const leftAtMs = performance.now();
    await expect.poll(() => scene.listenerStates(), EVENTUALLY).toEqual([]);
    expect(performance.now() - leftAtMs).toBeLessThan(POLITE_GONE_MS);
    expect(await scene.metric(disconnects('listener', 'left'))).toBe(1);
  });
});

describe('a peer that never connects', () => {
  it('is removed when its time to connect is over, listener and broadcaster alike', async () => {
    await using scene = await RelayScene.start({
      MEDIA_WORKERS: '1',
      PEER_CONNECT_TIMEOUT_MS: '1500',
      BROADCAST_GRACE_SECONDS: '1',
    });
    await broadcast(scene.server, scene.masjid);
    await join(scene.server, scene.masjid);
    expect(await scene.listenerStates()).toEqual(['connecting']);
    await expect.poll(() => scene.metric(disconnects('listener', 'connect_timeout')), EVENTUALLY).toBe(1);
    await expect.poll(() => scene.metric(disconnects('broadcaster', 'connect_timeout')), EVENTUALLY).toBe(1);
    await expect.poll(() => scene.broadcasts(), EVENTUALLY).toEqual({});
  });
});

describe('a listener without a direct path', () => {
  const neverConnects = async (env: NodeJS.ProcessEnv, reason: string) => {
    await using scene = await RelayScene.start({ MEDIA_WORKERS: '1', PEER_CONNECT_TIMEOUT_MS: '1500', ...env });
    await scene.broadcaster();
    const labels = { connectionID: scene.masjid, direct: true };
    await postOffer(scene.server.url, '/consumer', labels, LISTENER);
    await expect.poll(() => scene.metric(disconnects('listener', reason)), EVENTUALLY).toBe(1);
  };

  it('is no lost listener where there is TURN, by which it comes again', async () => {
    await neverConnects({ TURN_URLS: 'turn:127.0.0.1:9', TURN_SECRETS: 'x'.repeat(32) }, 'no_direct_path');
  });

  it('is a lost one where there is none, whatever it says', async () => {
    await neverConnects({}, 'connect_timeout');
  });
});

describe('a full broadcast', () => {
  it('refuses the next listener until one leaves', async () => {
    await using scene = await RelayScene.start({ MEDIA_WORKERS: '1', MAX_LISTENERS_PER_BROADCAST: '1' });
    await scene.broadcaster();
    const first = await scene.hearer();
    const refusal = await join(scene.server, scene.masjid);
    expectProblem(refusal, 503, 'capacity_reached');
    expect(refusal.headers['retry-after']).toMatch(/^\d+$/);
    expect(first.tone?.frequencyHz).toBe(1_000);

    first.close();
    await expect.poll(() => scene.listenerStates(), EVENTUALLY).toEqual([]);
    await scene.hearer();
  });
});

describe('SIGTERM during a broadcast', () => {
  it('closes every peer, ends every worker and exits with 0 within 5 s', async () => {
    await using scene = await RelayScene.start({ MEDIA_WORKERS: '2' });
    const broadcaster = await scene.broadcaster();
    const listeners = await Promise.all([scene.hearer(), scene.hearer()]);
    const workers = await childrenOf(scene.server.pid);
    expect(workers).toHaveLength(2);

    const stoppingAtMs = performance.now();
    await scene.server.close();
    expect(performance.now() - stoppingAtMs).toBeLessThan(STOP_MS);
    expect(await Promise.all([scene.server.pid, ...workers].map(isRunning))).toEqual([false, false, false]);
    for (const { peer } of [broadcaster, ...listeners]) {
      await expect.poll(() => peer.connectionState, EVENTUALLY).not.toBe('connected');
    }
  });
});
