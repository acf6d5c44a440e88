import { describe, expect, it, vi } from 'vitest';
import { RelayScene } from '../support/relay-scene.js';
import type { LibwebrtcPeer } from '../support/libwebrtc-peer.js';
import type { RtpPeer } from '../support/rtp-peer.js';

const NOTICED_MS = 500;
const EVENTUALLY = { timeout: 10_000, interval: 5 };

/** When it was told that the other side is gone (RFC 8827, 6.5: the association alone says so, at once). */
async function untilClosed(peer: LibwebrtcPeer): Promise<number> {
  await vi.waitFor(() => expect(peer.dtlsState).toBe('closed'), EVENTUALLY);
  return performance.now();
}

async function untilGone(peer: RtpPeer): Promise<number> {
  await vi.waitFor(() => expect(peer.isConnected).toBe(false), EVENTUALLY);
  return performance.now();
}

function expectSoon(sinceMs: number, noticedAtMs: readonly number[]): void {
  for (const each of noticedAtMs) expect(each - sinceMs, 'ms until it was noticed').toBeLessThan(NOTICED_MS);
}

describe('the relay says goodbye, and its peers know within half a second', () => {
  it.concurrent('when the server is stopped', async () => {
    await using scene = await RelayScene.start({ MEDIA_WORKERS: '2' });
    const broadcaster = await scene.broadcaster();
    const listeners = await Promise.all([scene.hearer(), scene.hearer()]);
    const small = await scene.rtpListener();
    await vi.waitFor(() => expect(small.packets.length).toBeGreaterThan(0));

    const stoppedAtMs = performance.now();
    process.kill(scene.server.pid, 'SIGTERM');
    const noticed = await Promise.all([...[broadcaster, ...listeners].map(untilClosed), untilGone(small)]);
    expectSoon(stoppedAtMs, noticed);
  });

  it.concurrent('when the main process is killed, by the media workers', async () => {
    const scene = await RelayScene.start({ MEDIA_WORKERS: '2' });
    try {
      const broadcaster = await scene.broadcaster();
      const listeners = await Promise.all([scene.hearer(), scene.hearer()]);
      const killedAtMs = performance.now();
      process.kill(scene.server.pid, 'SIGKILL');
      expectSoon(killedAtMs, await Promise.all([broadcaster, ...listeners].map(untilClosed)));
    } finally {
      await expect(scene[Symbol.asyncDispose]()).rejects.toThrow('SIGKILL');
    }
  });

  it.concurrent('when the broadcast ends', async () => {
    await using scene = await RelayScene.start({ MEDIA_WORKERS: '2', BROADCAST_GRACE_SECONDS: '0' });
    const broadcaster = await scene.broadcaster();
    const listeners = await Promise.all([scene.hearer(), scene.hearer()]);
    broadcaster.close();
    const endedAtMs = performance.now();
    expectSoon(endedAtMs, await Promise.all(listeners.map(untilClosed)));
  });

  it.concurrent('when another broadcaster takes over, to the old one', async () => {
    await using scene = await RelayScene.start({ MEDIA_WORKERS: '2' });
    const old = await scene.broadcaster();
    const listener = await scene.hearer();
    const next = await scene.broadcaster({ frequencyHz: 2_000 });
    await vi.waitFor(() => expect(next.dtlsState).toBe('connected'), EVENTUALLY);
    const takenOverAtMs = performance.now();
    expectSoon(takenOverAtMs, [await untilClosed(old)]);
    await listener.untilHears(2_000);
    expect([listener.dtlsState, next.dtlsState]).toEqual(['connected', 'connected']);
  });
});
