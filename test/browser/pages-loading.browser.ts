import type { Page, Route } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { BrowserScene } from '../support/browser-scene.js';

describe('a page that does not load at once', () => {
  const scene = new BrowserScene({ MEDIA_WORKERS: '1' });

  /** As a phone that changes networks: what is under way is lost. */
  const loseOnce = async (path: string, times = 1): Promise<void> => {
    await scene.context.route(path, (route) => route.abort('internetdisconnected'), { times });
  };
  const ready = (page: Page) => page.locator('html[data-ready]').waitFor();

  it.each([
    ['the listener page', '/?masjid=noor', '**/azaan-client/listener.js'],
    ['the broadcaster page', '/broadcaster?masjid=noor', '**/pages/level-view.js'],
    ['the admin page', '/admin', '**/pages/admin.js'],
  ])('loads %s again when a script was lost, and once more when that was lost too', async (_, path, script) => {
    await loseOnce(script, 2);
    const page = await scene.open(path);
    await ready(page);
    expect(page.url()).toBe(scene.url + path);
    expect(await page.locator('.unfinished').isVisible()).toBe(false);
  });

  it('asks for its texts again, and keeps the key of its link meanwhile', async () => {
    await loseOnce('**/i18n/en.json', 2);
    const page = await scene.open('/broadcaster?masjid=noor#token=secret-key');
    await ready(page);
    expect(await page.getByLabel('Broadcast key').inputValue()).toBe('secret-key');
  });

  it('takes no tap before it can do what the tap is for, and keeps the key of its link', async () => {
    const held: Route[] = [];
    await scene.context.route('**/i18n/en.json', (route) => void held.push(route), { times: 1 });
    const page = await scene.open('/broadcaster?masjid=noor#token=secret-key');
    // Wherever the button is by then, somebody who is in a hurry finds it.
    await page.getByLabel('Masjid ID').fill('noor', { force: true });
    await page.locator('#toggle').click({ force: true });
    for (const route of held) await route.continue();
    await ready(page);
    expect(await page.getByLabel('Broadcast key').inputValue()).toBe('secret-key');
    await page.getByRole('button', { name: 'Start broadcasting' }).click();
    await page.locator('#studio:not([data-state="idle"])').waitFor();
  });

  it('keeps the key of its link when it is loaded again', async () => {
    await loseOnce('**/pages/i18n.js');
    const page = await scene.open('/broadcaster?masjid=noor#token=secret-key');
    await ready(page);
    expect(await page.getByLabel('Broadcast key').inputValue()).toBe('secret-key');
    expect(page.url()).not.toContain('secret-key');
  });

  it('does not leave for an error of the browser while the server is away', async () => {
    await loseOnce('**/pages/listener.js');
    let asked = 0;
    await scene.context.route('**/', (route) => {
      if (route.request().method() === 'HEAD' && asked++ < 2) return route.abort('connectionrefused');
      return route.fallback();
    });
    const page = await scene.open('/');
    await ready(page);
    expect(asked).toBe(3);
  });

  it('says in every language what to do when no script comes at all', async () => {
    await scene.context.route('**/*.js', (route) => route.abort());
    const page = await scene.open('/?masjid=noor');
    const words = page.locator('.unfinished p');
    expect(await words.count()).toBe(4);
    for (const word of await words.all()) await word.waitFor();
    await expect.poll(() => page.evaluate('getComputedStyle(document.body).opacity'), { timeout: 10_000 }).toBe('1');
  });
});
