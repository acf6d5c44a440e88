import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchBrowser, newSpiedContext } from '../../support/browser.js';
import { RelayScene } from '../../support/relay-scene.js';
import { listen, untilHeard } from '../../support/pages.js';
import { TurnServer } from '../../support/turn-server.js';

const SECRET = 'a-secret-that-coturn-knows';

const resources = new AsyncDisposableStack();
let turn: TurnServer;
let browser: Browser;

beforeAll(async () => {
  turn = resources.use(await TurnServer.start([SECRET]));
  browser = await launchBrowser();
  resources.defer(() => browser.close());
});
afterAll(() => resources.disposeAsync());

it.each([
  ['udp', 0],
  ['tcp', 1],
] as const)(
  'the listener page hears the broadcast through coturn over %s, where only TURN gets through',
  async (transport, index) => {
    await using scene = await RelayScene.start({ TURN_URLS: turn.urls[index], TURN_SECRETS: SECRET });
    await scene.broadcaster();
    const context = await newSpiedContext(browser);
    try {
      for (const script of ['relay-only.js', 'selected-candidates.js']) {
        await context.addInitScript({ path: join(import.meta.dirname, script) });
      }
      const page = await listen(context, scene.server.url, scene.masjid);
      const heard = await untilHeard(page, 50);
      expect(heard.totalAudioEnergy).toBeGreaterThan(0);
      expect(await page.evaluate('window.selectedCandidateTypes()')).toEqual([`relay over ${transport}`]);
    } finally {
      await context.close();
    }
  },
);
