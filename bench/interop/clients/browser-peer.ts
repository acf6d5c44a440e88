import { setTimeout as sleep } from 'node:timers/promises';
import type { Closeable } from '../../scope.js';
import { pcmSamples } from '../sound/pcm-samples.js';
import { connectPeer, hearNow, openPeer, suiteOfPeer } from './browser-page.js';
import { CONNECT_TIMEOUT_MS, suiteNamed, type ClientPeer, type PeerSettings, type Suite } from './client.js';

const SAMPLE_RATE = 48_000;
const PAUSE_MS = 250;

/** A page of a browser, however it is driven. */
export interface DrivenPage extends Closeable {
  readonly version: string;
  /** Runs a function of `browser-page.ts` in the page. */
  run<Args extends readonly unknown[], Result>(
    work: (...args: Args) => Result | Promise<Result>,
    ...args: Args
  ): Promise<Result>;
}

/** The peer connection of a page. */
export class BrowserPeer implements ClientPeer {
  private closed = false;

  constructor(
    private readonly page: DrivenPage,
    private readonly settings: PeerSettings,
  ) {}

  get version(): string {
    return this.page.version;
  }

  makeOffer(): Promise<string> {
    return this.page.run(openPeer, this.settings.role);
  }

  async connect(answer: string): Promise<number> {
    const outcome = await this.page.run(connectPeer, answer, CONNECT_TIMEOUT_MS);
    if (typeof outcome === 'string') throw new Error(`not connected but ${outcome}`);
    if (this.settings.role === 'listener') void this.listen();
    return outcome;
  }

  async suite(): Promise<Suite | undefined> {
    return suiteNamed(await this.page.run(suiteOfPeer));
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.page.close();
  }

  private async listen(): Promise<void> {
    while (!this.closed) {
      // One that fails is a gap in what is heard.
      const heard = await this.page.run(hearNow).catch(() => '');
      if (heard === '') await sleep(PAUSE_MS);
      else this.settings.ear.pcm(pcmSamples(heard), SAMPLE_RATE);
    }
  }
}
