import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser } from '../../support/browser.js';
import { startServer, type TestServer } from '../../support/server.js';
import { admin } from '../../support/tokens.js';
import { DOMAIN, Nginx } from '../support/nginx.js';

const FAILURES = 5;
const STRANGER = '127.0.0.77';

describe('the admin page behind nginx', () => {
  const resources = new AsyncDisposableStack();
  let relay: TestServer;
  let nginx: Nginx;
  let browser: Browser;

  beforeAll(async () => {
    relay = resources.use(await startServer({ MEDIA_WORKERS: '1', BAN_AFTER_FAILURES: String(FAILURES) }));
    nginx = resources.use(
      await Nginx.start({ APP_PORT: new URL(relay.url).port, ADMIN_CIDRS: '198.51.100.7/32 127.0.0.1' }),
    );
    browser = await launchBrowser([`--host-resolver-rules=MAP ${DOMAIN} 127.0.0.1`]);
    resources.defer(() => browser.close());
  });
  afterAll(() => resources.disposeAsync());

  const open = async (): Promise<Page> => {
    const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: 'en-GB' });
    const page = await context.newPage();
    await page.goto(`https://${DOMAIN}:${nginx.httpsPort}/admin`);
    await page.locator('html[data-ready]').waitFor();
    await page.locator('#token').fill((await admin()).replace('Bearer ', ''));
    await page.locator('#enter').click();
    await page.locator('#board').waitFor();
    return page;
  };
  const knock = async (): Promise<number> => {
    const broken = ['--interface', STRANGER, '-H', 'Content-Type: application/json', '-d', '{}'];
    return (await nginx.call('/consumer', ...broken)).status;
  };

  it('shows an administrator who is banned, lets them in again, and begins and ends maintenance', async () => {
    for (let index = 0; index < FAILURES; index += 1) expect(await knock()).toBe(400);
    expect(await knock()).toBe(429);

    const page = await open();
    await page.locator('#bans > li').getByText(STRANGER).waitFor();
    await page.getByRole('button', { name: `Let ${STRANGER} in again` }).click();
    await page.getByText('Nobody is banned.').waitFor();
    expect(await knock()).toBe(400);

    await page.getByRole('button', { name: 'Begin maintenance' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Begin', exact: true }).click();
    await page.getByText('Maintenance: no new broadcast begins.').waitFor();
    await page.getByRole('button', { name: 'End maintenance' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'End it' }).click();
    await page.getByText('Maintenance: no new broadcast begins.').waitFor({ state: 'hidden' });
    await page.context().close();
  });

  it('shows all but the bans to an administrator who is at no administrator address', async () => {
    await nginx.renderAgain({ ADMIN_CIDRS: '198.51.100.7/32' });
    const page = await open();
    await page.getByText('From where you are, this list is closed').waitFor();
    expect(await page.locator('#workers > li').count()).toBe(1);
    expect(await page.getByRole('alert').isVisible()).toBe(false);
    await page.context().close();
  });
});
