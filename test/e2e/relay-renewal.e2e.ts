import { describe, expect, it } from 'vitest';
import { childrenOf, isRunning, udpPortsOf } from '../support/processes.js';
import { RelayScene } from '../support/relay-scene.js';
import { breaksIn, type RtpListener } from '../support/rtp-listener.js';
import { mediaPort } from '../support/signaling.js';

const EVENTUALLY = { timeout: 15_000, interval: 50 };
/** Idle for 15 s, looked for every 3 s, and a machine that is busy. */
const RENEWED_WITHIN = { timeout: 45_000, interval: 200 };
/** When they are gone, a worker keeps half as much again as it had; a tenth is worth a renewal. */
const CROWD = 400;
const AT_ONCE = 10;

describe('a media worker that is idle after a crowd', () => {
  it(
    'gives its memory back in a fresh process, and nobody on the other worker notices',
    { timeout: 120_000 },
    async () => {
      await using scene = await RelayScene.start({ MEDIA_WORKERS: '2' });
      // What a worker has when it is fresh is what it first reports.
      for (const worker of ['0', '1']) {
        const memory = () =>
          scene.metric(`azaan_media_worker_resident_memory_bytes{worker="${worker}"}`).catch(() => 0);
        await expect.poll(memory, EVENTUALLY).toBeGreaterThan(0);
      }
      const broadcaster = await scene.broadcaster();
      const home = await scene.workerPid(broadcaster.answer);
      const crowd: RtpListener[] = [];
      while (crowd.length < CROWD) {
        crowd.push(...(await Promise.all(Array.from({ length: AT_ONCE }, () => scene.rtpListener()))));
      }
      const workers = await childrenOf(scene.server.pid);
      const away = workers.find((pid) => pid !== home)!;
      const homePorts = await udpPortsOf(home);
      const stays = crowd.find(({ answer }) => homePorts.has(mediaPort(answer.sdp)))!;
      const states = async () => new Set(await scene.listenerStates());
      await expect.poll(states, EVENTUALLY).toEqual(new Set(['connected']));
      await expect.poll(() => stays.packets.length, EVENTUALLY).toBeGreaterThan(5);

      for (const listener of crowd) if (listener !== stays) listener.close();
      await expect.poll(() => scene.listenerStates(), EVENTUALLY).toEqual(['connected']);
      const renewals = () => scene.server.logs().filter((line) => line.includes('idle media worker renewed'));
      await expect.poll(renewals, RENEWED_WITHIN).toHaveLength(1);
      await expect.poll(() => isRunning(away), EVENTUALLY).toBe(false);
      await expect.poll(() => scene.metric('azaan_media_workers_ready'), EVENTUALLY).toBe(2);

      const now = await childrenOf(scene.server.pid);
      expect(now).toHaveLength(2);
      expect(now).toContain(home);
      expect(await scene.metric('azaan_media_worker_restarts_total')).toBe(0);
      expect(await scene.metric('azaan_peer_disconnects_total{role="listener",reason="worker_lost"}')).toBe(0);
      expect(breaksIn(stays.packets)).toEqual([]);

      const newcomer = await scene.listener();
      expect(await scene.workerPid(newcomer.answer)).toBe(now.find((pid) => pid !== home));
      await newcomer.untilHears(1_000);
    },
  );
});
