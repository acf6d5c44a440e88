import type { Closeable } from '../../scope.js';
import { pcmSamples } from '../sound/pcm-samples.js';
import { connectPeer, heardLately, openPeer, suiteOfPeer } from './browser-page.js';
import { CONNECT_TIMEOUT_MS, suiteNamed, type ClientPeer, type PeerSettings, type Suite } from './client.js';

/** Two of five 100 ms are looked at. */
const POLL_MS = 250;

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
  private timer: NodeJS.Timeout | undefined;
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
    if (this.settings.role === 'listener') this.listen();
    return outcome;
  }

  async suite(): Promise<Suite | undefined> {
    return suiteNamed(await this.page.run(suiteOfPeer));
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    await this.page.close();
  }

  private listen(): void {
    const askedAtMs = performance.now();
    const again = (): void => {
      if (this.closed) return;
      this.timer = setTimeout(() => this.listen(), Math.max(0, askedAtMs + POLL_MS - performance.now()));
    };
    this.page.run(heardLately).then(
      (heard) => {
        if (heard !== undefined && !this.closed) this.settings.ear.pcm(pcmSamples(heard.samples), heard.sampleRate);
        again();
      },
      // Closed meanwhile, or it tries again and hears nothing.
      again,
    );
  }
}
