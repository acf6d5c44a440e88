import type { BrowserContext, Page } from 'playwright-core';
import { vi } from 'vitest';
import { type InboundAudio, inboundAudio } from './browser.js';
import { broadcasterOf } from './tokens.js';

const HEARD_WITHIN_MS = 20_000;

/** Opens the listener page of a masjid and presses its button. */
export async function listen(context: BrowserContext, serverUrl: string, masjid: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${serverUrl}/?masjid=${masjid}`);
  await page.getByRole('button', { name: 'Listen' }).click();
  return page;
}

/** The address of the broadcaster page of a masjid, as a muezzin gets it. */
export async function broadcasterUrl(serverUrl: string, masjid: string): Promise<string> {
  const token = (await broadcasterOf(masjid)).replace('Bearer ', '');
  return `${serverUrl}/broadcaster?masjid=${masjid}#token=${token}`;
}

/** Opens the broadcaster page of a masjid, in a new tab unless one is given, and broadcasts. */
export async function broadcast(context: BrowserContext, serverUrl: string, masjid: string, tab?: Page): Promise<Page> {
  const page = tab ?? (await context.newPage());
  await page.goto(await broadcasterUrl(serverUrl, masjid));
  await goLive(page);
  return page;
}

/** Starts to broadcast on an open broadcaster page. */
export async function goLive(broadcaster: Page): Promise<void> {
  await broadcaster.getByRole('button', { name: 'Start broadcasting' }).click();
  await broadcaster.getByText('You are live').waitFor();
}

/** Waits for the word that a listener page shows for its state. */
export async function untilState(listener: Page, word: string): Promise<void> {
  await listener.locator('#state').getByText(word, { exact: true }).waitFor();
}

/** Waits until a listener page is live and `packets` more have come since. */
export async function untilHeard(listener: Page, packets = 10): Promise<InboundAudio> {
  await untilState(listener, 'Live');
  const before = (await inboundAudio(listener))?.packetsReceived ?? 0;
  return vi.waitFor(
    async () => {
      const now = await inboundAudio(listener);
      if (now === undefined || now.packetsReceived < before + packets) throw new Error('no new packets');
      return now;
    },
    { timeout: HEARD_WITHIN_MS, interval: 100 },
  );
}
