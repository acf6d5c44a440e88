import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';

export const CHROMIUM = '/usr/bin/chromium';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Microphones that beep once a second. */
export const FAKE_MICROPHONES = '--use-fake-device-for-media-stream';

/** Microphones are allowed without a question. */
export const ALLOW_MICROPHONES = '--use-fake-ui-for-media-stream';

const PEER_SPY = fileURLToPath(new URL('../browser/peer-spy.js', import.meta.url));

/** What `RTCInboundRtpStreamStats` says of the sound that a page receives. */
export interface InboundAudio {
  /** In milliseconds. */
  readonly timestamp: number;
  readonly packetsReceived: number;
  readonly packetsLost: number;
  readonly totalAudioEnergy: number;
  readonly totalSamplesReceived: number;
  readonly concealedSamples: number;
}

/**
 * A Chromium of its own; whoever launches it closes it.
 *
 * @param program starts Chromium with the arguments that it is given
 */
export function launchBrowser(flags: readonly string[] = [], program = CHROMIUM): Promise<Browser> {
  return chromium.launch({ executablePath: program, args: [...FLAGS, ...flags] });
}

/** A fresh profile in which `inboundAudio` and `spied` can see the page's peer connections. */
export async function newSpiedContext(browser: Browser): Promise<BrowserContext> {
  const context = await browser.newContext({ locale: 'en-GB' });
  await context.addInitScript({ path: PEER_SPY });
  return context;
}

/** Of the newest connected peer; undefined while there is none. */
export async function inboundAudio(page: Page): Promise<InboundAudio | undefined> {
  return (await page.evaluate<InboundAudio | null>('window.spy.inbound()')) ?? undefined;
}

/** The value of an expression over the members of `window.spy` (see `peer-spy.js`). */
export function spied<T>(page: Page, expression: string): Promise<T> {
  return page.evaluate<T>(`window.spy.${expression}`);
}
