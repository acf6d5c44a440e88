import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { ALLOW_MICROPHONES, FAKE_MICROPHONES, launchBrowser, newSpiedContext } from './browser.js';
import { broadcast, broadcasterUrl, listen } from './pages.js';
import { startServer, type TestServer } from './server.js';

type Environment = Readonly<Record<string, string>>;

/** A server and a browser with microphones for the tests of one file, and a fresh profile for each of them. */
export class BrowserScene {
  server!: TestServer;
  browser!: Browser;
  context!: BrowserContext;

  /**
   * @param env on top of the test configuration; a function is asked when the server starts
   * @param script runs in every page before its own
   */
  constructor(env: Environment | (() => Environment) = {}, script = '') {
    beforeAll(async () => {
      this.server = await startServer(typeof env === 'function' ? env() : env);
      this.browser = await launchBrowser([ALLOW_MICROPHONES, FAKE_MICROPHONES]);
    });
    afterAll(async () => {
      await this.browser.close();
      await this.server.close();
    });
    beforeEach(async () => {
      this.context = await newSpiedContext(this.browser);
      await this.context.addInitScript(script);
    });
    afterEach(() => this.context.close());
  }

  /** Of the server. */
  get url(): string {
    return this.server.url;
  }

  /** Opens a page of the server, by its path or its whole address. */
  async open(path: string): Promise<Page> {
    const page = await this.context.newPage();
    await page.goto(new URL(path, this.url).href);
    return page;
  }

  listen(masjid: string): Promise<Page> {
    return listen(this.context, this.url, masjid);
  }

  broadcast(masjid: string, tab?: Page): Promise<Page> {
    return broadcast(this.context, this.url, masjid, tab);
  }

  broadcasterUrl(masjid: string): Promise<string> {
    return broadcasterUrl(this.url, masjid);
  }
}
