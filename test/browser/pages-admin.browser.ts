import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { BrowserScene } from '../support/browser-scene.js';
import { spied } from '../support/browser.js';
import { admin, broadcasterOf, claims, sign } from '../support/tokens.js';

const EVENTUALLY = { timeout: 20_000, interval: 200 };
const FAILURES = 5;
const PROBLEM = 'application/problem+json';

describe('the admin page', () => {
  const scene = new BrowserScene({
    MEDIA_WORKERS: '1',
    BAN_AFTER_FAILURES: String(FAILURES),
    // What one test broadcast is over before the next one looks.
    BROADCAST_GRACE_SECONDS: '1',
    READY_MIN_DISK_MB: '1',
    READY_MIN_MEMORY_MB: '1',
  });

  const openPage = async (query = ''): Promise<Page> => {
    const page = await scene.open(`/admin${query}`);
    await page.locator('html[data-ready]').waitFor();
    return page;
  };
  const present = async (page: Page, token: string): Promise<void> => {
    await page.locator('#token').fill(token);
    await page.locator('#enter').click();
  };
  const bare = (authorization: string): string => authorization.replace('Bearer ', '');
  const open = async (query = ''): Promise<Page> => {
    const page = await openPage(query);
    await present(page, bare(await admin()));
    await page.locator('#board').waitFor();
    return page;
  };
  const card = (page: Page, masjid: string) => page.locator('#broadcasts > li').filter({ hasText: masjid });
  const figure = (page: Page, masjid: string, name: string) =>
    card(page, masjid)
      .locator('.figures > div')
      .filter({ has: page.getByText(name, { exact: true }) })
      .locator('dd')
      .textContent();

  it('makes one failed call of a wrong key, so that a slip of the hand bans nobody', async () => {
    const page = await openPage();
    const calls: string[] = [];
    page.on('request', (request) => calls.push(new URL(request.url()).pathname));
    await present(page, 'not-a-key');
    await page.getByRole('alert').getByText('The key was not accepted').waitFor();
    await page.waitForTimeout(3_000);
    expect(calls).toEqual(['/status']);
  });

  it.each([
    ['is wrong', async () => 'not-a-key', 'The key was not accepted'],
    ['has expired', () => sign(claims({ role: 'admin', iat: 1, exp: 2 })), 'The key was not accepted'],
    ['is that of a muezzin', async () => bare(await broadcasterOf('noor')), 'This is not an admin key'],
  ])('shows nothing for a key that %s, says so, and asks again', async (_, token, title) => {
    const page = await openPage();
    await present(page, await token());
    await page.getByRole('alert').getByText(title).waitFor();
    expect(await page.locator('#board').isVisible()).toBe(false);
    expect(await page.locator('#entry').isVisible()).toBe(true);
    expect(await page.evaluate('document.activeElement.id')).toBe('token');
  });

  it('shows a live broadcast, its level as it moves, and its listeners as they come', async () => {
    const muezzin = await scene.broadcast('masjid-an-noor');
    const page = await open();
    await card(page, 'masjid-an-noor').getByText('Live', { exact: true }).waitFor();
    expect(await figure(page, 'masjid-an-noor', 'Listeners')).toBe('0');

    const meter = page.getByRole('meter', { name: 'Sound of masjid-an-noor' });
    const level = async () => Number(await meter.getAttribute('aria-valuenow'));
    const barWidth = () =>
      meter.evaluate(
        (bar) => (bar as unknown as { firstElementChild: { clientWidth: number } }).firstElementChild.clientWidth,
      );
    await expect.poll(level, EVENTUALLY).toBeGreaterThan(-60);
    await expect.poll(barWidth, EVENTUALLY).toBeGreaterThan(10);
    expect(await meter.getAttribute('aria-valuetext')).toMatch(/^-?\d+ decibels$/);
    await expect.poll(() => figure(page, 'masjid-an-noor', 'Packets a second'), EVENTUALLY).toMatch(/^1[67]/);

    for (const count of ['1', '2']) {
      await scene.listen('masjid-an-noor');
      await expect.poll(() => figure(page, 'masjid-an-noor', 'Listeners'), EVENTUALLY).toBe(count);
    }
    await page.getByText(/^2 now, 2 at most/).waitFor();
    expect(await page.locator('#chart .line').getAttribute('d')).toMatch(/^M[\d.]+ \d.*V/);
    expect(await page.locator('#joins dd').first().textContent()).toBe('2');

    await spied(muezzin, 'muteMicrophone(true)');
    await expect.poll(level, EVENTUALLY).toBe(-60);
    await page.getByText('masjid-an-noor is on the air, but its microphone is silent.').waitFor();
    await spied(muezzin, 'muteMicrophone(false)');
    await page.getByText('Nothing needs attention.').waitFor();
  });

  it('shows who is banned and why, and lets them in again', async () => {
    const knock = () =>
      fetch(`${scene.url}/consumer`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'X-Forwarded-For': '203.0.113.9', 'User-Agent': 'broken/1.0' },
        body: '{}',
      });
    for (let index = 0; index < FAILURES; index += 1) expect((await knock()).status).toBe(400);
    expect((await knock()).status).toBe(429);

    const page = await open();
    const banned = page.locator('#bans > li');
    await banned.getByText('203.0.113.9').waitFor();
    expect(await banned.textContent()).toContain('Sent broken calls again and again');
    expect(await banned.textContent()).toContain('broken/1.0');
    await page.getByRole('button', { name: 'Let 203.0.113.9 in again' }).press('Enter');

    await page.getByText('Nobody is banned.').waitFor();
    await page.getByText('203.0.113.9 is let in again.').waitFor();
    expect(await page.evaluate('document.activeElement.id')).toBe('bans-title');
    expect((await knock()).status).toBe(400);
  });

  it('keeps nothing of what it showed once the key is forgotten, and does not show it to the next one', async () => {
    const bans = (address: string) =>
      scene.context.route('**/admin/bans', (route) =>
        route.fulfill({ json: { total: 1, bans: [{ id: address, address, userAgent: null, reason: 'forbidden' }] } }),
      );
    await bans('203.0.113.77');
    const page = await open();
    await page.locator('#bans').getByText('203.0.113.77').waitFor();
    await page.getByRole('button', { name: 'Forget the key' }).click();
    expect(await page.content()).not.toContain('203.0.113.77');
    // The list of the next session never comes.
    await scene.context.route('**/admin/bans', () => undefined);
    await present(page, bare(await admin()));
    await page.locator('#board').waitFor();
    expect(await page.locator('#bans > li').count()).toBe(0);
  });

  it('tells that listeners are refused', async () => {
    await scene.broadcast('masjid-al-huda');
    const page = await open();
    for (let client = 0; client < 6; client += 1) {
      // Each another one, so that none is banned.
      const headers = { 'Content-Type': 'application/json', 'User-Agent': `broken/${client}` };
      const body = JSON.stringify({ connectionID: 'masjid-al-huda', sdp: 'v=0 no offer', version: 1 });
      expect((await fetch(`${scene.url}/consumer`, { method: 'POST', headers, body })).status).toBe(400);
    }
    await page.getByText('Many listeners who want to join are refused.').waitFor();
  });

  it('begins and ends maintenance, each after a question that can be answered with no', async () => {
    const draining = async () => {
      const response = await fetch(`${scene.url}/status`, { headers: { Authorization: await admin() } });
      return ((await response.json()) as { draining: boolean }).draining;
    };
    const page = await open();
    const dialog = page.getByRole('dialog', { name: 'Begin maintenance?' });
    await page.getByRole('button', { name: 'Begin maintenance' }).click();
    await dialog.waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'Begin maintenance' }).click();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    expect(await draining()).toBe(false);

    await page.getByRole('button', { name: 'Begin maintenance' }).click();
    await dialog.getByRole('button', { name: 'Begin', exact: true }).click();
    await page.getByText('Maintenance: no new broadcast begins.').waitFor();
    expect(await draining()).toBe(true);
    await expect
      .poll(() => page.locator('#readiness').textContent(), EVENTUALLY)
      .toContain('Takes new broadcastsNot ready');

    await page.getByRole('button', { name: 'End maintenance' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'End it' }).click();
    await page.getByText('Nothing needs attention.').waitFor();
    expect(await draining()).toBe(false);
  });

  it('keeps the key out of storage, cookies and addresses, and forgets it when told to', async () => {
    const token = bare(await admin());
    const addresses: string[] = [];
    scene.context.on('request', (request) => addresses.push(request.url()));
    const page = await openPage();
    await present(page, token);
    await page.locator('#board').waitFor();
    expect(page.url()).toBe(`${scene.url}/admin`);
    expect(addresses.filter((address) => address.includes(token))).toEqual([]);
    expect(JSON.stringify(await scene.context.storageState({ indexedDB: true }))).not.toContain(token);
    expect(await page.evaluate('JSON.stringify({ ...sessionStorage })')).not.toContain(token);
    expect(await page.content()).not.toContain(token);
    expect(await page.locator('#token').inputValue()).toBe('');

    await page.getByRole('button', { name: 'Forget the key' }).click();
    expect(await page.locator('#entry').isVisible()).toBe(true);
    expect(await page.locator('#board').isVisible()).toBe(false);
    addresses.length = 0;
    await page.waitForTimeout(3_000);
    expect(addresses).toEqual([]);
    await page.reload();
    await page.locator('#entry').waitFor();
  });

  it('returns to its form when the key expires while it is open', async () => {
    const page = await open();
    await scene.context.route('**/status', (route) =>
      route.fulfill({ status: 401, contentType: PROBLEM, body: JSON.stringify({ detail: 'The token has expired.' }) }),
    );
    await page.getByRole('alert').getByText('The key was not accepted').waitFor();
    expect(await page.getByRole('alert').textContent()).toContain('The token has expired.');
    expect(await page.locator('#board').isVisible()).toBe(false);
  });

  it('says where the list of bans is closed, asks for it once, and shows all else', async () => {
    let asked = 0;
    // As nginx answers whoever is at none of the addresses of the administrators.
    await scene.context.route('**/admin/bans', (route) => {
      asked += 1;
      return route.fulfill({ status: 403, contentType: PROBLEM, body: '{"code":"forbidden"}' });
    });
    const page = await open();
    await page.getByText('From where you are, this list is closed').waitFor();
    await page.waitForTimeout(12_000);
    expect(asked).toBe(1);
    expect(await page.locator('#workers > li').count()).toBe(1);
    expect(await page.getByRole('alert').isVisible()).toBe(false);
  });

  it('says how old its figures are, and goes on by itself when the server answers again', async () => {
    const page = await open();
    await page.getByText(/^Updated (now|1 second ago|2 seconds ago)$/).waitFor();
    await scene.context.route('**/status', (route) => route.abort());
    await page.getByRole('alert').getByText('No connection to the server').waitFor();
    await page.locator('#age.old').waitFor();
    expect(await page.locator('#board').isVisible()).toBe(true);
    await scene.context.unroute('**/status');
    await page.getByRole('alert').waitFor({ state: 'hidden' });
    await page.locator('#age:not(.old)').waitFor();
  });

  it('asks for nothing while nobody sees it', async () => {
    const page = await open();
    let asked = 0;
    page.on('request', () => (asked += 1));
    const setVisibility = (state: string) =>
      page.evaluate(`Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => '${state}' });
        document.dispatchEvent(new Event('visibilitychange'))`);
    await setVisibility('hidden');
    await page.waitForTimeout(3_000);
    asked = 0;
    await page.waitForTimeout(4_000);
    expect(asked).toBe(0);
    await setVisibility('visible');
    await expect.poll(() => asked).toBeGreaterThan(0);
  });

  it('fits a small phone in every language, gives its controls names, and breaks no policy', async () => {
    await scene.broadcast('a-masjid-with-a-name-that-is-as-long-as-names-of-masjids-can-ever-be');
    const page = await open();
    await page.setViewportSize({ width: 360, height: 740 });
    await page.locator('#readiness > li').first().waitFor();
    for (const language of ['en', 'ur', 'hi', 'ar']) {
      await page.locator('#language').selectOption(language);
      await page.locator(`html[lang=${language}]`).waitFor();
      expect(await page.evaluate('document.documentElement.scrollWidth'), language).toBeLessThanOrEqual(360);
      expect(await page.locator('body').innerText(), language).not.toMatch(/\badmin\.\w|\bbroadcaster\.\w/);
    }
    expect(await spied(page, 'violations')).toEqual([]);
  });

  it('is used by keyboard alone, in reading order', async () => {
    const page = await openPage();
    const reached: string[] = [];
    while (reached.length < 4) {
      await page.keyboard.press('Tab');
      reached.push(await page.evaluate<string>('document.activeElement.id || document.activeElement.className'));
    }
    expect(reached).toEqual(['brand', 'language', 'token', 'enter']);
    await page.locator('#token').fill(bare(await admin()));
    await page.locator('#token').press('Enter');
    await page.locator('#board').waitFor();
    expect(await page.evaluate('document.activeElement.id')).toBe('findings-title');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.id')).toBe('maintenance');
  });
});
