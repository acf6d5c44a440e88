import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ALLOW_MICROPHONES, FAKE_MICROPHONES, launchBrowser, newSpiedContext } from '../support/browser.js';
import { broadcast, listen, untilHeard } from '../support/pages.js';
import { startServer, type TestServer } from '../support/server.js';

const NOTE_VIOLATIONS = `
  window.violations = [];
  document.addEventListener('securitypolicyviolation', (event) =>
    window.violations.push(event.effectiveDirective + ' ' + event.blockedURI + ' in ' + event.sourceFile));`;

describe('the security headers of the server', () => {
  let server: TestServer;
  let browser: Browser;
  let context: BrowserContext;
  let complaints: string[];

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
    await context.addInitScript(NOTE_VIOLATIONS);
    complaints = [];
    context.on('console', (message) => {
      if (message.type() === 'error' || message.text().includes('Policy')) complaints.push(message.text());
    });
    context.on('weberror', (error) => complaints.push(error.error().message));
  });
  afterEach(async () => {
    await context.close();
  });

  const violationsIn = (page: Page) => page.evaluate<string[]>('window.violations');

  it('let the pages broadcast and hear without one complaint', async () => {
    const broadcaster = await broadcast(context, server.url, 'policy');
    const listener = await listen(context, server.url, 'policy');
    await untilHeard(listener);
    for (const page of [broadcaster, listener]) {
      for (const language of ['ur', 'hi', 'ar']) await page.locator('#language').selectOption(language);
      expect(await violationsIn(page)).toEqual([]);
    }
    expect(complaints).toEqual([]);
  });

  it('let the API documentation show every call without one complaint', async () => {
    const page = await context.newPage();
    await page.goto(`${server.url}/docs`);
    await page.locator('#operations-signaling-ConsumerController_join').click();
    await page.getByText('Listen to a broadcast').waitFor();
    expect(await violationsIn(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it('keep scripts and styles out that somebody might smuggle into a page', async () => {
    const page = await context.newPage();
    await page.goto(`${server.url}/`);
    await page.evaluate(() => {
      const { document } = globalThis as unknown as { document: { body: { innerHTML: string } } };
      document.body.innerHTML +=
        '<img src="https://elsewhere.example/x.png" onerror="window.smuggled = true"><p style="color: red">x</p>' +
        '<iframe src="https://elsewhere.example/"></iframe>';
    });
    await expect
      .poll(async () => (await violationsIn(page)).map((line) => line.split(' ')[0]).sort())
      .toEqual(['frame-src', 'img-src', 'script-src-attr', 'style-src-attr']);
    expect(await page.evaluate('window.smuggled')).toBeUndefined();
  });

  it('keep other sites from showing a page in a frame', async () => {
    const page = await context.newPage();
    const elsewhere = `${server.url.replace('127.0.0.1', 'localhost')}/elsewhere`;
    await page.route(elsewhere, (route) =>
      route.fulfill({ contentType: 'text/html', body: `<iframe src="${server.url}/"></iframe>` }),
    );
    await page.goto(elsewhere);
    await expect.poll(() => page.frames()[1]?.url()).toBe('chrome-error://chromewebdata/');
  });
});
