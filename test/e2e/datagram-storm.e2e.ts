import { describe, expect, it } from 'vitest';
import { storm } from '../support/datagram-storm.js';
import { iceLogin } from '../support/ice-check.js';
import { residentKb } from '../support/processes.js';
import { RelayScene } from '../support/relay-scene.js';
import { breaksIn } from '../support/rtp-listener.js';
import { mediaPort } from '../support/signaling.js';

const DATAGRAMS_PER_SECOND = 50_000;
const SECONDS = 10;
const MAX_GROWTH_KB = 32 * 1_024;
const EVENTUALLY = { timeout: 10_000, interval: 50 };

describe('a storm of hostile datagrams on the port of a broadcast', () => {
  it(`of ${DATAGRAMS_PER_SECOND} a second for ${SECONDS} s costs no listener a packet`, async () => {
    await using scene = await RelayScene.start({ MEDIA_WORKERS: '1' });
    const broadcaster = await scene.rtpBroadcaster();
    const listeners = await Promise.all([scene.rtpListener(), scene.rtpListener(), scene.rtpListener()]);
    for (const listener of listeners) await expect.poll(() => listener.isConnected, EVENTUALLY).toBe(true);
    await expect.poll(() => scene.listenerStates(), EVENTUALLY).toEqual(listeners.map(() => 'connected'));
    let spoken = 0;
    const ticker = setInterval(() => {
      if (broadcaster.sendNext()) spoken += 1;
    }, 20);
    try {
      await expect.poll(() => listeners.every(({ packets }) => packets.length > 10), EVENTUALLY).toBe(true);
      const workerPid = await scene.workerPid(broadcaster.answer);
      const before = await residentKb(workerPid);

      const report = await storm({
        port: mediaPort(broadcaster.answer.sdp),
        datagramsPerSecond: DATAGRAMS_PER_SECOND,
        seconds: SECONDS,
        userName: iceLogin(listeners[0].answer, listeners[0].offer).userName,
      });
      clearInterval(ticker);
      expect(report.sent).toBe(DATAGRAMS_PER_SECOND * SECONDS);
      expect(report.back).toBe(0);
      for (const { packets } of listeners) {
        await expect.poll(() => packets.length, EVENTUALLY).toBe(spoken);
        expect(breaksIn(packets)).toEqual([]);
      }
      expect(await residentKb(workerPid)).toBeLessThan(before + MAX_GROWTH_KB);
      expect(await scene.metric('azaan_media_worker_restarts_total')).toBe(0);
      expect(await scene.listenerStates()).toEqual(listeners.map(() => 'connected'));
      const { packets } = await scene.rtpListener();
      broadcaster.speak();
      await expect.poll(() => packets.length, EVENTUALLY).toBeGreaterThan(0);
    } finally {
      clearInterval(ticker);
    }
  });
});
