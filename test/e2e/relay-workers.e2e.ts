import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { childrenOf } from '../support/processes.js';
import { RelayScene } from '../support/relay-scene.js';
import { breaksIn } from '../support/rtp-listener.js';

const EVENTUALLY = { timeout: 15_000, interval: 50 };
const LISTENING_MS = 3_000;
const HEALTH_TIMEOUT_MS = 1_000;

/** Asks for the server's health again and again until it is told to stop. */
class HealthProbe implements AsyncDisposable {
  readonly statuses: (number | string)[] = [];
  private readonly stopping = new AbortController();
  private readonly running: Promise<void>;

  constructor(url: string) {
    this.running = this.run(`${url}/healthz`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(url: string): Promise<void> {
    while (!this.stopping.signal.aborted) {
      const answer = fetch(url, { signal: AbortSignal.timeout(HEALTH_TIMEOUT_MS) });
      this.statuses.push(await answer.then(({ status }) => status, String));
      await sleep(20);
    }
  }
}

/** A broadcaster, four listeners on both workers, and which of them share the broadcaster's worker. */
async function spreadListeners(scene: RelayScene) {
  const broadcaster = await scene.broadcaster();
  const listeners = [];
  for (let count = 0; count < 4; count++) listeners.push(await scene.rtpListener());
  for (const { packets } of listeners) await expect.poll(() => packets.length, EVENTUALLY).toBeGreaterThan(5);
  const home = await scene.workerPid(broadcaster.answer);
  const pids = await Promise.all(listeners.map(({ answer }) => scene.workerPid(answer)));
  const near = listeners.filter((_, index) => pids[index] === home);
  const far = listeners.filter((_, index) => pids[index] !== home);
  const away = pids.find((pid) => pid !== home);
  if (near.length === 0 || away === undefined) throw new Error('all listeners are on one worker');
  return { home, away, near, far };
}

describe('a media worker that is killed during a broadcast', () => {
  it('costs the listeners of other workers no packet and the API no answer, and is replaced', async () => {
    await using scene = await RelayScene.start({ MEDIA_WORKERS: '2' });
    const { home, away, near, far } = await spreadListeners(scene);
    await using health = new HealthProbe(scene.server.url);
    const before = near.map(({ packets }) => packets.length);

    process.kill(away, 'SIGKILL');
    await expect.poll(() => scene.metric('azaan_media_worker_restarts_total'), EVENTUALLY).toBe(1);
    expect(await scene.metric('azaan_peer_disconnects_total{role="listener",reason="worker_lost"}')).toBe(far.length);
    expect(await scene.listenerStates()).toEqual(near.map(() => 'connected'));

    const next = await scene.listener();
    const workers = await childrenOf(scene.server.pid);
    const replacement = await scene.workerPid(next.answer);
    expect(workers).toHaveLength(2);
    expect(workers).toEqual(expect.arrayContaining([home, replacement]));
    expect([home, away]).not.toContain(replacement);
    await next.untilHears(1_000);

    await sleep(LISTENING_MS);
    for (const [index, { packets }] of near.entries()) {
      expect(packets.length).toBeGreaterThan(before[index]! + (LISTENING_MS / 1_000) * 15);
      expect(breaksIn(packets)).toEqual([]);
    }
    expect(health.statuses.length).toBeGreaterThan(20);
    expect(new Set(health.statuses)).toEqual(new Set([200]));
    expect(scene.changesTo('interrupted')).toBe(0);
  });

  it('with the broadcaster on it interrupts the broadcast, until a broadcaster comes back', async () => {
    await using scene = await RelayScene.start({ MEDIA_WORKERS: '2' });
    const { home, near, far } = await spreadListeners(scene);
    const hearing = await scene.listener();
    const survives = (await scene.workerPid(hearing.answer)) !== home;
    await hearing.untilHears(1_000);

    process.kill(home, 'SIGKILL');
    await expect.poll(() => scene.changesTo('interrupted'), EVENTUALLY).toBe(1);
    expect(await scene.metric('azaan_peer_disconnects_total{role="broadcaster",reason="worker_lost"}')).toBe(1);
    expect(await scene.listenerStates()).toHaveLength(far.length + (survives ? 1 : 0));
    expect(near.length).toBeGreaterThan(0);
    const before = far.map(({ packets }) => packets.length);

    await scene.broadcaster({ frequencyHz: 2_000 });
    for (const [index, { packets }] of far.entries()) {
      await expect.poll(() => packets.length, EVENTUALLY).toBeGreaterThan(before[index]! + 10);
      expect(breaksIn(packets)).toEqual([]);
    }
    if (survives) await hearing.untilHears(2_000);
    expect(scene.changesTo('live')).toBe(2);
  });
});
