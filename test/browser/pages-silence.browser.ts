import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ALLOW_MICROPHONES, FAKE_MICROPHONES, launchBrowser, newSpiedContext, spied } from '../support/browser.js';
import { broadcast, listen, untilHeard, untilState } from '../support/pages.js';
import { startServer, type TestServer } from '../support/server.js';

const SILENT = 'The masjid’s microphone is silent';

describe('a microphone that is silent', () => {
  let server: TestServer;
  let browser: Browser;
  let context: BrowserContext;

  beforeAll(async () => {
    server = await startServer({ MEDIA_WORKERS: '1' });
    browser = await launchBrowser([ALLOW_MICROPHONES, FAKE_MICROPHONES]);
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
  });
  beforeEach(async () => {
    context = await newSpiedContext(browser);
  });
  afterEach(async () => {
    await context.close();
  });

  it('is shown to listeners and to the muezzin, until it sounds again, over one connection', async () => {
    const broadcaster = await broadcast(context, server.url, 'muted');
    const listener = await listen(context, server.url, 'muted');
    await untilHeard(listener);
    const warning = broadcaster.locator('#warning');
    expect(await warning.isVisible()).toBe(false);

    await spied(broadcaster, 'muteMicrophone(true)');
    await untilState(listener, SILENT);
    await warning.waitFor();
    expect(await listener.title()).toContain(SILENT);

    await spied(broadcaster, 'muteMicrophone(false)');
    await untilHeard(listener);
    await warning.waitFor({ state: 'hidden' });
    expect(await spied(listener, 'peerCount()')).toBe(1);
  });

  it('that beeps once a second, with pauses between, is not called silent', async () => {
    const broadcaster = await broadcast(context, server.url, 'pauses');
    const listener = await listen(context, server.url, 'pauses');
    await untilHeard(listener);
    // Longer than what is called silent.
    await listener.waitForTimeout(12_000);
    expect(await listener.locator('#state').textContent()).toBe('Live');
    expect(await broadcaster.locator('#warning').isVisible()).toBe(false);
  });
});
