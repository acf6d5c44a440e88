import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Browser } from 'playwright-core';
import { inboundAudio, launchBrowser, newSpiedContext } from '../support/browser.js';
import { startDemo, type DemoProcess } from '../support/demo-process.js';
import { listen, untilHeard } from '../support/pages.js';

describe('npm run demo in a browser', () => {
  let demo: DemoProcess;
  let browser: Browser;
  beforeAll(async () => {
    demo = await startDemo();
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await demo[Symbol.asyncDispose]();
  });

  it('is heard on the listener page after one click', async () => {
    const context = await newSpiedContext(browser);
    const page = await listen(context, demo.url, 'demo');
    await untilHeard(page);
    await vi.waitFor(async () => expect((await inboundAudio(page))!.totalAudioEnergy).toBeGreaterThan(0.01), {
      timeout: 20_000,
      interval: 200,
    });
    await context.close();
  });
});
