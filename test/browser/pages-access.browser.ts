import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { BrowserScene } from '../support/browser-scene.js';
import { goLive, untilState } from '../support/pages.js';

const CONTROL_ROLES = new Set(['button', 'textbox', 'combobox', 'slider', 'link', 'meter', 'alert', 'region']);
const PAGES = { listener: '/?masjid=access', chooser: '/', broadcaster: '/broadcaster?masjid=access', admin: '/admin' };
const LANGUAGES = [
  { language: 'en', direction: 'ltr' },
  { language: 'ur', direction: 'rtl' },
  { language: 'hi', direction: 'ltr' },
  { language: 'ar', direction: 'rtl' },
];

interface AxNode {
  readonly ignored: boolean;
  readonly role?: { readonly value: string };
  readonly name?: { readonly value: string };
}

describe('access to the pages', () => {
  const scene = new BrowserScene();

  const open = async (path: string): Promise<Page> => {
    const page = await scene.open(path);
    await page.setViewportSize({ width: 360, height: 740 });
    await page.locator('html[data-ready]').waitFor();
    return page;
  };
  const openToBroadcast = async (): Promise<Page> => open(await scene.broadcasterUrl('access'));

  /** What a keyboard reaches, in its order, by id. */
  const tabOrder = async (page: Page): Promise<string[]> => {
    const reached: string[] = [];
    for (;;) {
      await page.keyboard.press('Tab');
      const id = await page.evaluate<string>(
        'document.activeElement === document.body ? "" : document.activeElement.id || document.activeElement.className',
      );
      if (id === '' || reached.includes(id)) return reached;
      reached.push(id);
    }
  };

  describe.each(LANGUAGES)('in $language', ({ language, direction }) => {
    it.each(Object.entries(PAGES))(
      'gives every control of the %s page a name, and fits a small phone',
      async (_, path) => {
        const page = await open(`${path}${path.includes('?') ? '&' : '?'}lang=${language}`);
        expect(await page.locator('html').getAttribute('lang')).toBe(language);
        expect(await page.locator('html').getAttribute('dir')).toBe(direction);

        const session = await scene.context.newCDPSession(page);
        const { nodes } = (await session.send('Accessibility.getFullAXTree')) as { nodes: AxNode[] };
        const controls = nodes.filter(({ ignored, role }) => !ignored && CONTROL_ROLES.has(role?.value ?? ''));
        expect(controls.length).toBeGreaterThan(3);
        expect(controls.filter(({ name }) => !name?.value)).toEqual([]);

        expect(await page.locator('body').innerText()).not.toMatch(
          /\b(listener|broadcaster|level|error|share|admin)\.\w/,
        );
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
      },
    );
  });

  it('reaches everything on the listener page by keyboard, the button first', async () => {
    const page = await open(PAGES.listener);
    expect(await tabOrder(page)).toEqual([
      'brand',
      'language',
      'play',
      'volume',
      'share-link',
      'share-copy',
      'change',
      'link',
    ]);
  });

  it('reaches everything on the broadcaster page by keyboard, in reading order', async () => {
    const page = await open(PAGES.broadcaster);
    expect(await tabOrder(page)).toEqual([
      ...['brand', 'language', 'masjid', 'token', 'microphone', 'toggle'],
      ...['share-link', 'share-copy', 'link'],
    ]);
  });

  it('listens and broadcasts without a mouse', async () => {
    const broadcaster = await openToBroadcast();
    await broadcaster.getByLabel('Masjid ID').press('Enter');
    await broadcaster.getByText('You are live').waitFor();
    const listener = await open(PAGES.listener);
    await listener.getByRole('button', { name: 'Listen' }).press('Space');
    await untilState(listener, 'Live');
  });

  it('shows the level of the microphone to screen readers in words', async () => {
    const page = await openToBroadcast();
    await goLive(page);
    const meter = page.getByRole('meter', { name: 'Microphone level' });
    await expect.poll(() => meter.getAttribute('aria-valuetext')).toMatch(/^-?\d+ decibels, \S/);
    // The meter speaks once a second, and the fake microphone beeps as often.
    const level = async () => Number(await meter.getAttribute('aria-valuenow'));
    await expect.poll(level, { timeout: 5_000 }).toBeGreaterThan(-60);
  });

  it('changes its language at once, and remembers it', async () => {
    const page = await open(PAGES.broadcaster);
    await page.getByLabel('Language').selectOption('ur');
    await page.getByRole('heading', { name: 'اذان نشر کریں' }).waitFor();
    await page.goto(`${scene.url}${PAGES.listener}`);
    await page.getByRole('button', { name: 'سنیے' }).waitFor();
  });

  it('remembers the masjid, and offers its link to share', async () => {
    const page = await open(PAGES.chooser);
    await page.getByLabel('Masjid ID').fill('masjid-an-noor');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('heading', { name: 'masjid-an-noor' }).waitFor();
    const link = `${scene.url}/?masjid=masjid-an-noor`;
    expect(page.url()).toBe(link);
    expect(await page.getByLabel('Link for listeners').inputValue()).toBe(link);
    await page.goto(scene.url);
    await page.getByRole('heading', { name: 'masjid-an-noor' }).waitFor();
  });
});
