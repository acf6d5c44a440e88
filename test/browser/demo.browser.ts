import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { expect, it, vi } from 'vitest';
import {
  ALLOW_MICROPHONES,
  FAKE_MICROPHONES,
  inboundAudio,
  launchBrowser,
  newSpiedContext,
} from '../support/browser.js';
import { DemoProcess } from '../support/demo-process.js';
import { goLive, listen, untilHeard } from '../support/pages.js';

const EVENTUALLY = { timeout: 20_000, interval: 200 };

/** With `UPDATE_PICTURES=1` the picture of the README is taken anew. */
const PICTURE = process.env['UPDATE_PICTURES'] === undefined ? undefined : '../../docs/images/admin.png';

it('plays the demo on the listener page after one click', async () => {
  await using demo = await DemoProcess.start();
  const browser = await launchBrowser();
  try {
    const page = await listen(await newSpiedContext(browser), demo.url, 'demo');
    await untilHeard(page);
    await vi.waitFor(async () => expect((await inboundAudio(page))!.totalAudioEnergy).toBeGreaterThan(0.01), {
      timeout: 20_000,
      interval: 200,
    });
  } finally {
    await browser.close();
  }
});

it('shows itself on the admin page, with the key that it prints', { timeout: 240_000 }, async () => {
  await using demo = await DemoProcess.start();
  const key = /\/admin\n +(\S+)/.exec(demo.daemon.output)?.[1];
  const browser = await launchBrowser([ALLOW_MICROPHONES, FAKE_MICROPHONES]);
  try {
    const context = await newSpiedContext(browser);
    const page = await context.newPage();
    await page.goto(`${demo.url}/admin`);
    await page.getByLabel('Admin key').fill(key ?? '');
    await page.keyboard.press('Enter');
    const broadcast = page.locator('#broadcasts > li');
    await broadcast.getByText('Live', { exact: true }).waitFor();
    await broadcast.getByText('The sender does not tell how loud it is').waitFor();

    const speaker = await context.newPage();
    await speaker.goto(/\S+\/broadcaster\S+/.exec(demo.daemon.output)![0]);
    await goLive(speaker);
    await untilHeard(await listen(context, demo.url, 'demo'));
    await page.bringToFront();
    await expect.poll(() => broadcast.locator('dd').first().textContent(), EVENTUALLY).toBe('1');
    const meter = page.getByRole('meter', { name: 'Sound of demo' });
    await expect.poll(async () => Number(await meter.getAttribute('aria-valuenow')), EVENTUALLY).toBeGreaterThan(-50);
    if (PICTURE !== undefined) await takePicture(page, fileURLToPath(new URL(PICTURE, import.meta.url)));
  } finally {
    await browser.close();
  }
});

/** Two minutes in which listeners come and go, so that the chart has something to tell. */
async function takePicture(page: Page, path: string): Promise<void> {
  const { origin } = new URL(page.url());
  const listeners: Page[] = [];
  for (const count of [4, 7, 9, 8, 11, 12, 9, 10]) {
    while (listeners.length < count) listeners.push(await listen(page.context(), origin, 'demo'));
    while (listeners.length > count) await listeners.pop()?.close();
    await page.bringToFront();
    await page.waitForTimeout(12_000);
  }
  await page.setViewportSize({ width: 1_000, height: 1_060 });
  await page.screenshot({ path });
}
