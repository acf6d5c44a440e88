import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { isSrtcp } from '../support/datagram-kinds.js';
import type { MediaProxy } from '../support/media-proxy.js';
import { RelayScene } from '../support/relay-scene.js';
import { breaksIn } from '../support/rtp-listener.js';

/** Twice as long as a peer may be silent there, and longer than two reports of a browser are apart. */
const LONG_MS = 20_000;
const SHORT_SILENCE = { PEER_SILENCE_TIMEOUT_MS: '9000' };

const withoutRtcp = (proxy: MediaProxy): void => {
  proxy.passes = (datagram) => !isSrtcp(datagram);
};

/** The first report is left alone: what is lost is one of a call that goes on. */
const loseSecondReport = (proxy: MediaProxy): void => {
  let reports = 0;
  proxy.passes = (datagram) => {
    if (isSrtcp(datagram)) reports += 1;
    return !isSrtcp(datagram) || reports !== 2;
  };
};

describe('a peer is there as long as anything of it arrives that only it can have sent', () => {
  let scene: RelayScene;
  beforeAll(async () => {
    scene = await RelayScene.start({ MEDIA_WORKERS: '2', ...SHORT_SILENCE });
  });
  afterAll(async () => {
    for (const role of ['listener', 'broadcaster']) {
      expect(await scene.metric(`azaan_peer_disconnects_total{role="${role}",reason="silent"}`)).toBe(0);
    }
    await scene[Symbol.asyncDispose]();
  });

  const statesOf = async (masjid: string): Promise<string[] | undefined> =>
    (await scene.broadcasts())[masjid]?.map(({ state }) => state);

  it.concurrent(
    'listeners of libwebrtc that lose exactly one report, and their broadcaster, which does too',
    async () => {
      const connectionID = 'one-report-lost';
      const broadcaster = await scene.broadcaster({ connectionID, behindProxy: true });
      loseSecondReport(broadcaster.proxy);
      const listeners = await Promise.all(
        Array.from({ length: 6 }, () => scene.hearer({ connectionID, behindProxy: true })),
      );
      for (const { proxy } of listeners) loseSecondReport(proxy);
      await sleep(LONG_MS);
      expect(await statesOf(connectionID)).toEqual(listeners.map(() => 'connected'));
      expect(listeners.map(({ tone }) => tone?.frequencyHz)).toEqual(listeners.map(() => 1_000));
    },
  );

  it.concurrent('peers of libwebrtc whose reports are all lost', async () => {
    const connectionID = 'reports-lost';
    const broadcaster = await scene.broadcaster({ connectionID, behindProxy: true });
    withoutRtcp(broadcaster.proxy);
    const listener = await scene.listener({ connectionID, behindProxy: true });
    withoutRtcp(listener.proxy);
    await listener.untilHears(1_000);
    await sleep(LONG_MS);
    expect(await statesOf(connectionID)).toEqual(['connected']);
    expect(listener.tone?.frequencyHz).toBe(1_000);
  });

  it.concurrent('small clients that send no RTCP at all', async () => {
    const connectionID = 'no-rtcp';
    const options = { connectionID, behindProxy: true, prepareProxy: withoutRtcp };
    await scene.speaker(options);
    const listeners = await Promise.all([1, 2].map(() => scene.rtpListener({ ...options, reports: false })));
    await Promise.all(listeners.map(({ packets }) => vi.waitFor(() => expect(packets.length).toBeGreaterThan(0))));
    await sleep(LONG_MS);
    expect(await statesOf(connectionID)).toEqual(['connected', 'connected']);
    for (const { packets } of listeners) {
      expect(breaksIn(packets)).toEqual([]);
      const before = packets.length;
      await vi.waitFor(() => expect(packets.length).toBeGreaterThan(before + 10), { timeout: 10_000 });
    }
  });
});
