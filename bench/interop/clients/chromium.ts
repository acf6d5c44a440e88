import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium as playwright, type Browser, type Page } from 'playwright-core';
import { waveFileOfTone } from '../sound/wave-file.js';
import { BrowserPeer, type DrivenPage } from './browser-peer.js';
import type { Client } from './client.js';

const PROGRAM = '/usr/bin/chromium';
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--autoplay-policy=no-user-gesture-required',
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
];

/** Its microphone is a file. */
export const chromium: Client = {
  name: 'chromium',
  title: 'Chromium',
  requirements: [{ file: PROGRAM, package: 'chromium' }],
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
    const args = [...FLAGS, `--use-file-for-fake-audio-capture=${microphone}`];
    const browser = await playwright.launch({ executablePath: PROGRAM, args });
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
