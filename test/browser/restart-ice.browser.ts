import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  ALLOW_MICROPHONES,
  FAKE_MICROPHONES,
  inboundAudio,
  launchBrowser,
  newSpiedContext,
} from '../support/browser.js';
import { MediaProxy } from '../support/media-proxy.js';
import { RelayScene } from '../support/relay-scene.js';
import { broadcasterOf } from '../support/tokens.js';

const PLAIN_APP = fileURLToPath(new URL('plain-app.js', import.meta.url));
/** Longer than consent lasts (RFC 7675, 5.1): the relay has forgotten the peer. */
const AWAY_MS = 40_000;
const EVENTUALLY = { timeout: 15_000, interval: 100 };
/** Half a second of 60 ms packets, and louder than silence. */
const ENOUGH_PACKETS = 8;

/** A page of an app by somebody else, whose media go through a proxy. */
interface App {
  readonly page: Page;
  readonly proxy: MediaProxy;
}

interface SignalledAnswer {
  readonly sdp?: { readonly type: string; readonly sdp: string };
}

async function heard({ page }: App): Promise<{ readonly packets: number; readonly energy: number }> {
  const stats = await inboundAudio(page);
  return { packets: stats?.packetsReceived ?? 0, energy: stats?.totalAudioEnergy ?? 0 };
}

/** New packets come, and there is sound in them. */
async function expectSound(app: App): Promise<void> {
  const before = await heard(app);
  await vi.waitFor(async () => {
    const now = await heard(app);
    expect(now.packets).toBeGreaterThan(before.packets + ENOUGH_PACKETS);
    expect(now.energy).toBeGreaterThan(before.energy);
  }, EVENTUALLY);
}

describe('an app in Chromium that restarts ICE by hand, over the same RTCPeerConnection', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser([ALLOW_MICROPHONES, FAKE_MICROPHONES]);
  });
  afterAll(() => browser.close());

  async function open({ server }: RelayScene): Promise<App & AsyncDisposable> {
    const proxy = await MediaProxy.open();
    const context = await newSpiedContext(browser);
    await context.addInitScript({ path: PLAIN_APP });
    // Every answer, the later ones too, leads through the proxy.
    await context.route(/\/(?:consumer|broadcast)$/, async (route) => {
      const response = await route.fetch();
      const body = (await response.json()) as SignalledAnswer;
      const answer = body.sdp && { type: body.sdp.type, sdp: proxy.lead(body.sdp.sdp) };
      return route.fulfill({ response, json: { ...body, sdp: answer } });
    });
    const page = await context.newPage();
    await page.goto(`${server.url}/healthz`);
    const dispose = async (): Promise<void> => {
      await context.close();
      proxy.close();
    };
    return { page, proxy, [Symbol.asyncDispose]: dispose };
  }

  const call = (app: App, method: string, ...parameters: string[]): Promise<unknown> =>
    app.page.evaluate(`window.app.${method}(...${JSON.stringify(parameters)})`);

  it.concurrent('hears again when its network was away for 40 s', async () => {
    await using scene = await RelayScene.start({ MEDIA_WORKERS: '2' });
    await scene.broadcaster();
    await using app = await open(scene);
    await call(app, 'listen', scene.masjid);
    await expectSound(app);

    app.proxy.goAway();
    app.proxy.rebind();
    await sleep(AWAY_MS);
    app.proxy.comeBack();
    await call(app, 'restart');
    await expectSound(app);
    await vi.waitFor(async () => expect(await scene.listenerStates()).toEqual(['connected']), EVENTUALLY);
  });

  it.concurrent('is heard again when its network was away for 40 s', async () => {
    await using scene = await RelayScene.start({ MEDIA_WORKERS: '2', BROADCAST_GRACE_SECONDS: '60' });
    await using app = await open(scene);
    await call(app, 'broadcast', scene.masjid, await broadcasterOf(scene.masjid));
    const { packets } = await scene.rtpListener();
    await vi.waitFor(() => expect(packets.length).toBeGreaterThan(ENOUGH_PACKETS), EVENTUALLY);

    app.proxy.goAway();
    app.proxy.rebind();
    await sleep(AWAY_MS);
    const before = packets.length;
    app.proxy.comeBack();
    await call(app, 'restart');
    await vi.waitFor(() => expect(packets.length).toBeGreaterThan(before + ENOUGH_PACKETS), EVENTUALLY);
  });

  it.concurrent('hears again when its media worker was killed', async () => {
    await using scene = await RelayScene.start({ MEDIA_WORKERS: '1' });
    await scene.broadcaster();
    await using app = await open(scene);
    await call(app, 'listen', scene.masjid);
    await expectSound(app);

    const { answer } = await scene.rtpListener();
    process.kill(await scene.workerPid(answer), 'SIGKILL');
    await vi.waitFor(async () => expect(await scene.listenerStates()).toEqual([]), EVENTUALLY);
    await vi.waitFor(async () => expect(await scene.metric('azaan_media_workers_ready')).toBe(1), EVENTUALLY);
    await scene.broadcaster();
    await call(app, 'restart');
    await expectSound(app);
  });

  it.concurrent('is heard again when its media worker was killed', async () => {
    await using scene = await RelayScene.start({ MEDIA_WORKERS: '1' });
    await using app = await open(scene);
    await call(app, 'broadcast', scene.masjid, await broadcasterOf(scene.masjid));
    const { answer, packets } = await scene.rtpListener();
    await vi.waitFor(() => expect(packets.length).toBeGreaterThan(ENOUGH_PACKETS), EVENTUALLY);

    process.kill(await scene.workerPid(answer), 'SIGKILL');
    await vi.waitFor(() => expect(scene.changesTo('interrupted')).toBe(1), EVENTUALLY);
    await vi.waitFor(async () => expect(await scene.metric('azaan_media_workers_ready')).toBe(1), EVENTUALLY);
    await call(app, 'restart');
    const next = await scene.rtpListener();
    await vi.waitFor(() => expect(next.packets.length).toBeGreaterThan(ENOUGH_PACKETS), EVENTUALLY);
  });
});
