import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { isStun } from '../support/datagram-kinds.js';
import type { MediaProxy } from '../support/media-proxy.js';
import { RelayScene } from '../support/relay-scene.js';

/** From the client's first check at its new address, and from the change itself: clients check every few seconds. */
const AFTER_CHECK_MS = 1_000;
const IN_ALL_MS = 7_000;
/** Longer than consent lasts (RFC 7675, 5.1): whoever still asks the old address for it knows by then. */
const CONSENT_MS = 33_000;
const EVENTUALLY = { timeout: 10_000, interval: 20 };

interface Change {
  readonly changedAtMs: number;
  /** Of the first check from the new address. */
  readonly checkedAtMs: () => number;
}

function changeAddress(proxy: MediaProxy): Change {
  let checkedAtMs = Number.NaN;
  proxy.passes = (datagram) => {
    if (isStun(datagram) && Number.isNaN(checkedAtMs)) checkedAtMs = performance.now();
    return true;
  };
  proxy.rebind();
  return { changedAtMs: performance.now(), checkedAtMs: () => checkedAtMs };
}

function expectInTime({ changedAtMs, checkedAtMs }: Change): void {
  const now = performance.now();
  expect(now - checkedAtMs(), 'ms after the first check').toBeLessThan(AFTER_CHECK_MS);
  expect(now - changedAtMs, 'ms in all').toBeLessThan(IN_ALL_MS);
}

describe('a NAT that gives a peer another address in mid-call', () => {
  let scene: RelayScene;
  beforeAll(async () => {
    scene = await RelayScene.start({ MEDIA_WORKERS: '2' });
  });
  afterAll(() => scene[Symbol.asyncDispose]());

  const stateOf = async (masjid: string): Promise<unknown> => (await scene.broadcasts())[masjid];

  it.concurrent('costs a small listener seconds, more than once', async () => {
    const connectionID = 'small-listener';
    await scene.speaker({ connectionID });
    const { packets, proxy } = await scene.rtpListener({ connectionID, behindProxy: true });
    await vi.waitFor(() => expect(packets.length).toBeGreaterThan(5), EVENTUALLY);
    const before = await stateOf(connectionID);
    for (let times = 0; times < 2; times += 1) {
      const change = changeAddress(proxy);
      const heard = packets.length;
      await vi.waitFor(() => expect(packets.length).toBeGreaterThan(heard + 2), EVENTUALLY);
      expectInTime(change);
    }
    expect(await stateOf(connectionID)).toEqual(before);
  });

  it.concurrent('costs a small broadcaster seconds, more than once', async () => {
    const connectionID = 'small-broadcaster';
    const { proxy } = await scene.speaker({ connectionID, behindProxy: true });
    const { packets } = await scene.rtpListener({ connectionID });
    await vi.waitFor(() => expect(packets.length).toBeGreaterThan(5), EVENTUALLY);
    for (let times = 0; times < 2; times += 1) {
      const change = changeAddress(proxy);
      // What was on its way from the old address.
      await vi.waitFor(() => expect(change.checkedAtMs()).toBeGreaterThan(0), EVENTUALLY);
      const heard = packets.length;
      await vi.waitFor(() => expect(packets.length).toBeGreaterThan(heard + 2), EVENTUALLY);
      expectInTime(change);
    }
    await sleep(CONSENT_MS);
    const heard = packets.length;
    await vi.waitFor(() => expect(packets.length).toBeGreaterThan(heard + 10), EVENTUALLY);
  });

  it.concurrent('costs a listener of libwebrtc seconds', async () => {
    const connectionID = 'libwebrtc-listener';
    await scene.broadcaster({ connectionID });
    const listener = await scene.hearer({ connectionID, behindProxy: true });
    const { proxy } = listener;
    const change = changeAddress(proxy);
    await vi.waitFor(() => expect(listener.tone).toBeUndefined(), EVENTUALLY);
    await listener.untilHears(1_000, IN_ALL_MS);
    expectInTime(change);
  });

  it.concurrent('costs a broadcaster of libwebrtc seconds', async () => {
    const connectionID = 'libwebrtc-broadcaster';
    const { proxy } = await scene.broadcaster({ connectionID, behindProxy: true });
    const listener = await scene.hearer({ connectionID });
    const change = changeAddress(proxy);
    await vi.waitFor(() => expect(change.checkedAtMs()).toBeGreaterThan(0), EVENTUALLY);
    await listener.untilHears(1_000, IN_ALL_MS);
    expectInTime(change);
    await sleep(CONSENT_MS);
    expect(listener.tone?.frequencyHz).toBe(1_000);
  });
});
