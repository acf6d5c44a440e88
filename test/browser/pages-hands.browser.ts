import type { Locator } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { BrowserScene } from '../support/browser-scene.js';
import { spied } from '../support/browser.js';
import { untilHeard, untilState } from '../support/pages.js';
import { listenerOf } from '../support/tokens.js';

const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1';

describe('the pages in hands that seldom use a phone', () => {
  const scene = new BrowserScene({ MEDIA_WORKERS: '1', LISTENER_AUTH: 'token' });

  const listenerToken = async (masjid: string) => (await listenerOf(masjid)).replace('Bearer ', '');

  it('listen also when they tap twice', async () => {
    const page = await scene.open(`/?masjid=tapped#token=${await listenerToken('tapped')}`);
    await page.getByRole('button', { name: 'Listen' }).dblclick();
    await untilState(page, 'Waiting for the azaan');
  });

  it('are told that a link is no longer good, and go on with a fresh one', async () => {
    await scene.broadcast('expired');
    const page = await scene.listen('expired#token=of-yesterday');
    await page.getByText('This link is no longer good. Ask your masjid for a new one.').waitFor();
    await page.goto(`${scene.url}/?masjid=expired#token=${await listenerToken('expired')}`);
    await expect.poll(() => page.url()).toBe(`${scene.url}/?masjid=expired`);
    // Not the second of two fast taps.
    await page.waitForTimeout(1_000);
    await page.getByRole('button', { name: 'Listen' }).click();
    await untilHeard(page);
  });

  it('are shown on a small screen what is wrong, wherever they look', async () => {
    const screen = { width: 360, height: 620 };
    const isOnScreen = async (alert: Locator) => {
      await alert.waitFor();
      const { y, height } = (await alert.boundingBox())!;
      return y >= 0 && y + height <= screen.height;
    };
    const page = await scene.context.newPage();
    await page.setViewportSize(screen);
    await scene.broadcast('small', page);
    await page.evaluate('scrollTo(0, 0)');
    await spied(page, 'holdMicrophone(true)');
    await expect.poll(() => isOnScreen(page.locator('#warning'))).toBe(true);

    await spied(page, 'holdMicrophone(false)');
    await page.evaluate('scrollTo(0, 0)');
    await scene.context.route('**/broadcast', (route) => route.fulfill({ status: 401, body: '{}' }));
    await page.getByRole('button', { name: 'Stop broadcasting' }).click();
    await page.getByRole('button', { name: 'Start broadcasting' }).click();
    await expect.poll(() => isOnScreen(page.locator('#problem'))).toBe(true);
  });

  it('are told where an iPhone allows the microphone', async () => {
    const iphone = await scene.browser.newContext({ locale: 'en-GB', userAgent: IPHONE });
    await iphone.addInitScript(
      `navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotAllowedError'));`,
    );
    const page = await iphone.newPage();
    await page.goto(await scene.broadcasterUrl('iphone'));
    await page.getByRole('button', { name: 'Start broadcasting' }).click();
    await page.getByRole('alert').getByText('Website Settings').waitFor();
    await iphone.close();
  });

  it('cannot turn the volume off for good', async () => {
    const page = await scene.open('/?masjid=quiet');
    await page.getByLabel('Volume').press('Home');
    await page.reload();
    expect(Number(await page.getByLabel('Volume').inputValue())).toBeGreaterThan(0);
  });
});
