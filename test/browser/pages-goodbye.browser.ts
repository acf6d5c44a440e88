import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { BrowserScene } from '../support/browser-scene.js';
import { untilHeard, untilState } from '../support/pages.js';
import { startServer } from '../support/server.js';

const NOTICED_MS = 500;

describe('a goodbye of the relay', () => {
  const scene = new BrowserScene();

  /** Keeps, in the page, when its state was first another one than now. */
  async function watchState(page: Page): Promise<() => Promise<number>> {
    await page.evaluate(`(() => {
      const state = document.querySelector('#state');
      const before = state.textContent;
      window.changedAt = new Promise((resolve) => {
        new MutationObserver(() => {
          if (state.textContent !== before) resolve(Date.now());
        }).observe(state, { childList: true, characterData: true, subtree: true });
      });
    })()`);
    return () => page.evaluate<number>('window.changedAt');
  }

  it('is noticed by a page that is taken over from', async () => {
    const broadcaster = await scene.broadcast('taken-over');
    const changedAt = await watchState(broadcaster);
    const other = await scene.context.newPage();
    await other.goto(await scene.broadcasterUrl('taken-over'));
    await other.getByRole('button', { name: 'Start broadcasting' }).click();
    await other.getByText('You are live').waitFor();
    const takenOverAt = Date.now();
    expect((await changedAt()) - takenOverAt).toBeLessThan(NOTICED_MS);
  });

  it('is noticed by the pages within half a second, when the server stops', async () => {
    const broadcaster = await scene.broadcast('stops');
    const listener = await scene.listen('stops');
    await untilHeard(listener);
    const changes = await Promise.all([broadcaster, listener].map(watchState));
    const { port } = new URL(scene.url);

    const stoppedAt = Date.now();
    await Promise.all([
      scene.server.close(),
      ...changes.map(async (changedAt) => expect((await changedAt()) - stoppedAt).toBeLessThan(NOTICED_MS)),
    ]);
    await untilState(listener, 'Reconnecting');
    scene.server = await startServer({ PORT: port });
    await untilHeard(listener);
  });
});
