import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ALLOW_MICROPHONES, FAKE_MICROPHONES, launchBrowser, newSpiedContext } from '../support/browser.js';
import { broadcast, listen, untilHeard } from '../support/pages.js';
import { startServer, type TestServer } from '../support/server.js';

/** Nothing answers there: what the pages know of it is all that counts. */
const TURN_URL = 'turn:127.0.0.1:9?transport=udp';

const NOTE_CONFIGURATIONS = `
  window.configurations = [];
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(configuration) {
      super(configuration);
      window.configurations.push(configuration);
    }
  };`;

describe('the TURN servers of the pages', () => {
  let server: TestServer;
  let browser: Browser;
  let context: BrowserContext;

  beforeAll(async () => {
    server = await startServer({ MEDIA_WORKERS: '1', TURN_URLS: TURN_URL, TURN_SECRETS: 'x'.repeat(32) });
    browser = await launchBrowser([ALLOW_MICROPHONES, FAKE_MICROPHONES]);
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
  });
  beforeEach(async () => {
    context = await newSpiedContext(browser);
    await context.addInitScript(NOTE_CONFIGURATIONS);
  });
  afterEach(async () => {
    await context.close();
  });

  const iceServersOf = (page: Page) =>
    page.evaluate<{ urls: string[]; username: string }[][]>(
      'window.configurations.map(({ iceServers }) => iceServers)',
    );

  it('are those that the relay offers, with credentials of the moment', async () => {
    const broadcaster = await broadcast(context, server.url, 'offered');
    const listener = await listen(context, server.url, 'offered');
    await untilHeard(listener);
    for (const page of [broadcaster, listener]) {
      const [[turn] = []] = await iceServersOf(page);
      expect(turn?.urls).toEqual([TURN_URL]);
      expect(Number(turn?.username.split(':')[0])).toBeGreaterThan(Date.now() / 1_000);
    }
  });

  it.each([
    ['refuses to tell them', 'refuse'],
    ['answers with what makes no sense', 'nonsense'],
    ['does not answer', 'silence'],
  ])('are not needed when the relay %s', async (_, how) => {
    await broadcast(context, server.url, how);
    await context.route('**/ice-servers', async (route) => {
      if (how === 'refuse') await route.fulfill({ status: 429, body: '{}' });
      if (how === 'nonsense') await route.fulfill({ contentType: 'application/json', body: '[]' });
    });
    const listener = await listen(context, server.url, how);
    await untilHeard(listener);
    expect(await iceServersOf(listener)).toEqual([[]]);
  });
});
