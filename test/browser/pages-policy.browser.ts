import type { Page } from 'playwright-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { BrowserScene } from '../support/browser-scene.js';
import { spied } from '../support/browser.js';
import { untilHeard } from '../support/pages.js';

describe('the security headers of the server', () => {
  const scene = new BrowserScene({ MEDIA_WORKERS: '1' });
  let complaints: string[];
  beforeEach(() => {
    complaints = [];
    scene.context.on('console', (message) => {
      if (message.type() === 'error' || message.text().includes('Policy')) complaints.push(message.text());
    });
    scene.context.on('weberror', (error) => complaints.push(error.error().message));
  });

  const violationsIn = (page: Page) => spied<string[]>(page, 'violations');

  it('let the pages broadcast and hear without one complaint', async () => {
    const broadcaster = await scene.broadcast('policy');
    const listener = await scene.listen('policy');
    await untilHeard(listener);
    for (const page of [broadcaster, listener]) {
      for (const language of ['ur', 'hi', 'ar']) await page.locator('#language').selectOption(language);
      expect(await violationsIn(page)).toEqual([]);
    }
    expect(complaints).toEqual([]);
  });

  it('let the API documentation show every call without one complaint', async () => {
    const page = await scene.open('/docs');
    await page.locator('#operations-signaling-ConsumerController_join').click();
    await page.getByText('Listen to a broadcast').waitFor();
    expect(await violationsIn(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it('keep scripts and styles out that somebody might smuggle into a page', async () => {
    const page = await scene.open('/');
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
    const page = await scene.context.newPage();
    const elsewhere = `${scene.url.replace('127.0.0.1', 'localhost')}/elsewhere`;
    await page.route(elsewhere, (route) =>
      route.fulfill({ contentType: 'text/html', body: `<iframe src="${scene.url}/"></iframe>` }),
    );
    await page.goto(elsewhere);
    await expect.poll(() => page.frames()[1]?.url()).toBe('chrome-error://chromewebdata/');
  });
});
