import type { BrowserContext, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { BrowserScene } from '../support/browser-scene.js';
import { FAKE_MICROPHONES, launchBrowser, newSpiedContext, spied } from '../support/browser.js';
import { broadcast, goLive, listen, untilHeard, untilState } from '../support/pages.js';
import { startServer } from '../support/server.js';

const PROBLEM = 'application/problem+json';

describe('the pages in trouble', () => {
  const scene = new BrowserScene();

  const openBroadcaster = async (opened: BrowserContext, masjid: string): Promise<Page> => {
    const page = await opened.newPage();
    await page.goto(await scene.broadcasterUrl(masjid));
    return page;
  };
  const pressStart = (page: Page): Promise<void> => page.getByRole('button', { name: 'Start broadcasting' }).click();
  const problemTitle = (page: Page, title: string): Promise<void> =>
    page.getByRole('alert').getByText(title, { exact: true }).waitFor();

  it('says what to do when the microphone is denied', async () => {
    await using denying = await launchBrowser([FAKE_MICROPHONES]);
    const page = await openBroadcaster(await newSpiedContext(denying), 'denied');
    await pressStart(page);
    await problemTitle(page, 'The microphone is not allowed');
    expect(await page.getByRole('alert').textContent()).toContain('allow the microphone for this site');
    expect(await page.locator('#state').textContent()).toBe('Broadcast ended');
  });

  it.each([
    ['NotFoundError', 'No microphone was found'],
    ['NotReadableError', 'The microphone is in use'],
  ])('says what to do when the microphone fails with %s', async (name, title) => {
    await scene.context.addInitScript(
      `navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', '${name}'));`,
    );
    const page = await openBroadcaster(scene.context, 'failing');
    await pressStart(page);
    await problemTitle(page, title);
  });

  it('says that the microphone needs https', async () => {
    await using insecure = await launchBrowser(['--host-resolver-rules=MAP azaan.test 127.0.0.1']);
    const page = await (await newSpiedContext(insecure)).newPage();
    await page.goto(`http://azaan.test:${new URL(scene.url).port}/broadcaster?masjid=insecure`);
    await pressStart(page);
    await problemTitle(page, 'This address is not secure');
  });

  it('reconnects broadcaster and listener by themselves when the server comes back', async () => {
    const { port } = new URL(scene.url);
    const broadcaster = await scene.broadcast('restart');
    const listener = await scene.listen('restart');
    await untilHeard(listener);

    await scene.server.close();
    await broadcaster.locator('#state').getByText('Reconnecting').waitFor();
    await untilState(listener, 'Reconnecting');
    await problemTitle(broadcaster, 'No connection to the server');

    scene.server = await startServer({ PORT: port });
    await broadcaster.getByText('You are live').waitFor();
    await untilHeard(listener);
    expect(await broadcaster.getByRole('alert').isVisible()).toBe(false);
  });

  it('waits again after the broadcast has ended, and hears the next one', async () => {
    await using brief = await startServer({ BROADCAST_GRACE_SECONDS: '1' });
    const broadcaster = await broadcast(scene.context, brief.url, 'ended');
    const listener = await listen(scene.context, brief.url, 'ended');
    await untilHeard(listener);

    await broadcaster.getByRole('button', { name: 'Stop broadcasting' }).click();
    await untilState(listener, 'Waiting for the azaan');

    await goLive(broadcaster);
    await untilHeard(listener);
  });

  it('abandons a join that does not connect, and tries again from a new port', async () => {
    await scene.broadcast('dead-peer');
    let joins = 0;
    await scene.context.route('**/consumer', async (route) => {
      const response = await route.fetch();
      joins += 1;
      if (joins > 1) return route.fulfill({ response });
      // As if the packets went to a dead peer: its checks are never answered.
      const body = (await response.text()).replace(/a=ice-pwd:.{8}/, 'a=ice-pwd:nobodyat');
      return route.fulfill({ response, body });
    });

    const listener = await scene.listen('dead-peer');
    await untilHeard(listener);

    const ports = await spied<number[]>(listener, 'localPorts()');
    expect(ports).toHaveLength(2);
    expect(ports[0]).not.toBe(ports[1]);
    expect(await spied(listener, 'openPeers()')).toBe(1);
  });

  it('waits as long as the server asks', async () => {
    await scene.broadcast('busy');
    const askedAt: number[] = [];
    await scene.context.route('**/consumer', async (route) => {
      askedAt.push(performance.now());
      if (askedAt.length > 1) return route.fallback();
      const body = JSON.stringify({ title: 'Too many requests', status: 429, code: 'rate_limited' });
      return route.fulfill({ status: 429, headers: { 'Retry-After': '2' }, contentType: PROBLEM, body });
    });

    const listener = await scene.listen('busy');
    await listener.getByText('The server is very busy.').waitFor();
    await untilHeard(listener);

    expect(askedAt).toHaveLength(2);
    expect(askedAt[1]! - askedAt[0]!).toBeGreaterThanOrEqual(2_000);
  });

  it('stops at a refused key, and shows what the server says about it', async () => {
    let asked = 0;
    await scene.context.route('**/broadcast', (route) => {
      asked += 1;
      const body = JSON.stringify({ title: 'Unauthorized', status: 401, detail: 'The token has expired.' });
      return route.fulfill({ status: 401, contentType: PROBLEM, body });
    });
    const page = await openBroadcaster(scene.context, 'refused');
    await pressStart(page);
    await problemTitle(page, 'The broadcast key was not accepted');
    expect(await page.getByRole('alert').textContent()).toContain('The token has expired.');
    expect(await page.locator('#state').textContent()).toBe('Broadcast ended');
    await page.waitForTimeout(1_000);
    expect(asked).toBe(1);
  });

  it('sends the key of its link, and leaves it neither in the address nor in storage', async () => {
    const page = await scene.open('/broadcaster?masjid=key#token=secret-key');
    await page.locator('html[data-ready]').waitFor();
    const posted = page.waitForRequest((request) => request.method() === 'POST');
    await pressStart(page);
    expect((await posted).headers()['authorization']).toBe('Bearer secret-key');
    expect(page.url()).toBe(`${scene.url}/broadcaster?masjid=key`);
    expect(await page.evaluate('JSON.stringify({ ...localStorage, ...sessionStorage })')).not.toContain('secret-key');

    await page.goto(`${scene.url}/broadcaster?masjid=key#token=fresh-key`);
    await expect.poll(() => page.getByLabel('Broadcast key').inputValue()).toBe('fresh-key');
    expect(page.url()).toBe(`${scene.url}/broadcaster?masjid=key`);
  });

  it('asks before a live broadcaster page is closed', async () => {
    const page = await scene.broadcast('asks');
    const asked = page.waitForEvent('dialog');
    await page.close({ runBeforeUnload: true });
    const dialog = await asked;
    expect(dialog.type()).toBe('beforeunload');
    await dialog.dismiss();
    expect(await page.locator('#state').textContent()).toBe('You are live');
  });

  it('asks for a click where the browser does not let sound begin', async () => {
    await scene.broadcast('silent');
    const listener = await scene.context.newPage();
    await listener.addInitScript(`
      const play = HTMLMediaElement.prototype.play;
      let refusals = 1;
      HTMLMediaElement.prototype.play = function () {
        if (!this.srcObject || refusals-- <= 0) return play.call(this);
        this.pause();
        return Promise.reject(new DOMException('no gesture', 'NotAllowedError'));
      };
    `);
    await listener.goto(`${scene.url}/?masjid=silent`);
    await listener.getByRole('button', { name: 'Listen' }).click();
    await untilState(listener, 'The sound is off');
    await listener.getByRole('button', { name: 'Turn the sound on' }).click();
    await untilHeard(listener);
  });
});
