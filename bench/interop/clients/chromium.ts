import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { ALLOW_MICROPHONES, CHROMIUM, FAKE_MICROPHONES, launchBrowser } from '../../../test/support/browser.js';
import { waveFileOfTone } from '../sound/wave-file.js';
import { BrowserPeer, type DrivenPage } from './browser-peer.js';
import type { Client } from './client.js';

const AUTOPLAY = '--autoplay-policy=no-user-gesture-required';

/** Its microphone is a file. */
export const chromium: Client = {
  name: 'chromium',
  title: 'Chromium',
  requirements: [{ file: CHROMIUM, package: 'chromium' }],
  suites: [undefined],
  hearsShortPacketsOnly: false,
  open: async (settings) => new BrowserPeer(await ChromiumPage.open(settings.url), settings),
};

class ChromiumPage implements DrivenPage {
  private constructor(
    private readonly browser: Browser,
    private readonly page: Page,
  ) {}

  static async open(url: string): Promise<ChromiumPage> {
    const microphone = join(await mkdtemp(join(tmpdir(), 'chromium-')), 'tone.wav');
    await writeFile(microphone, waveFileOfTone());
    const sound = `--use-file-for-fake-audio-capture=${microphone}`;
    const browser = await launchBrowser([ALLOW_MICROPHONES, FAKE_MICROPHONES, AUTOPLAY, sound]);
    const page = await browser.newPage();
    await page.goto(`${url}/healthz`);
    return new ChromiumPage(browser, page);
  }

  get version(): string {
    return this.browser.version();
  }

  async run<Args extends readonly unknown[], Result>(
    work: (...args: Args) => Result | Promise<Result>,
    ...args: Args
  ): Promise<Result> {
    return this.page.evaluate<Result>(`(${work.toString()})(...${JSON.stringify(args)})`);
  }

  close(): Promise<void> {
    return this.browser.close();
  }
}
