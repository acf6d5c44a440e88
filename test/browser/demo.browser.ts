import { expect, it, vi } from 'vitest';
import { inboundAudio, launchBrowser, newSpiedContext } from '../support/browser.js';
import { startDemo } from '../support/demo-process.js';
import { listen, untilHeard } from '../support/pages.js';

it('plays the demo on the listener page after one click', async () => {
  await using demo = await startDemo();
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
