import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { isSrtp, isStun } from '../support/datagram-kinds.js';
import type { MediaProxy } from '../support/media-proxy.js';
import { RelayScene } from '../support/relay-scene.js';

const BACK = { timeout: 8_000, interval: 50 };
/** Clients ask for consent every 4 to 6 s. */
const ASKED = { timeout: 8_000, interval: 10 };
const AWAY_MS = [11_000, 25_000];

/** The network goes just after the relay has renewed its consent, so that the client's own half minute begins there. */
async function goAway(proxy: MediaProxy): Promise<void> {
  const answers = (): number => proxy.fromRelay.filter(isStun).length;
  const before = answers();
  await vi.waitFor(() => expect(answers()).toBeGreaterThan(before), ASKED);
  proxy.goAway();
}

/** A tunnel, a lift: consent lasts for 30 s (RFC 7675, 5.1), and whoever comes back within them was never gone. */
describe('a network that is away for less than half a minute', () => {
  let scene: RelayScene;
  beforeAll(async () => {
    scene = await RelayScene.start({ MEDIA_WORKERS: '2', PEER_SILENCE_TIMEOUT_MS: '' });
  });
  afterAll(() => scene[Symbol.asyncDispose]());

  const listed = async (masjid: string): Promise<unknown[]> =>
    ((await scene.broadcasts())[masjid] ?? []).map(({ state, randomID }) => [state, randomID]);

  it.concurrent.each(AWAY_MS)('of a listener, here %d ms, costs it nothing but what it missed', async (awayMs) => {
    const connectionID = `listener-${awayMs}`;
    await scene.speaker({ connectionID });
    const { packets, proxy } = await scene.rtpListener({ connectionID, behindProxy: true });
    await vi.waitFor(() => expect(packets.length).toBeGreaterThan(5), BACK);
    const before = await listed(connectionID);

    await goAway(proxy);
    await sleep(awayMs);
    // The relay goes on sending all the while.
    expect(isSrtp(proxy.fromRelay.at(-1)!)).toBe(true);
    const heard = packets.length;
    proxy.comeBack();
    await vi.waitFor(() => expect(packets.length).toBeGreaterThan(heard + 10), BACK);
    expect(await listed(connectionID)).toEqual(before);
  });

  it.concurrent.each(AWAY_MS)('of a broadcaster, here %d ms, ends nothing', async (awayMs) => {
    const connectionID = `broadcaster-${awayMs}`;
    const { proxy } = await scene.speaker({ connectionID, behindProxy: true });
    const { packets } = await scene.rtpListener({ connectionID });
    await vi.waitFor(() => expect(packets.length).toBeGreaterThan(5), BACK);
    const before = await listed(connectionID);

    await goAway(proxy);
    await sleep(awayMs);
    const heard = packets.length;
    proxy.comeBack();
    await vi.waitFor(() => expect(packets.length).toBeGreaterThan(heard + 10), BACK);
    expect(await listed(connectionID)).toEqual(before);
  });

  it.concurrent('of libwebrtc peers in both roles, for 11 s, is followed by sound', async () => {
    const connectionID = 'libwebrtc';
    const broadcaster = await scene.broadcaster({ connectionID, behindProxy: true });
    const listener = await scene.hearer({ connectionID, behindProxy: true });
    for (const { proxy } of [broadcaster, listener]) proxy.goAway();
    await sleep(11_000);
    expect(listener.tone).toBeUndefined();
    for (const { proxy } of [broadcaster, listener]) proxy.comeBack();
    await listener.untilHears(1_000, 10_000);
  });
});
