import { describe, expect, it } from 'vitest';
import { BrowserScene } from '../support/browser-scene.js';
import { spied } from '../support/browser.js';
import { untilHeard, untilState } from '../support/pages.js';

const SILENT = 'The masjid’s microphone is silent';

describe('a microphone that is silent', () => {
  const scene = new BrowserScene({ MEDIA_WORKERS: '1' });

  it('is shown to listeners and to the muezzin, until it sounds again, over one connection', async () => {
    const broadcaster = await scene.broadcast('muted');
    const listener = await scene.listen('muted');
    await untilHeard(listener);
    const warning = broadcaster.locator('#warning');
    expect(await warning.isVisible()).toBe(false);

    await spied(broadcaster, 'muteMicrophone(true)');
    await untilState(listener, SILENT);
    await warning.waitFor();
    expect(await listener.title()).toContain(SILENT);

    await spied(broadcaster, 'muteMicrophone(false)');
    await untilHeard(listener);
    await warning.waitFor({ state: 'hidden' });
    expect(await spied(listener, 'peerCount()')).toBe(1);
  });

  it('that beeps once a second, with pauses between, is not called silent', async () => {
    const broadcaster = await scene.broadcast('pauses');
    const listener = await scene.listen('pauses');
    await untilHeard(listener);
    // Longer than what is called silent.
    await listener.waitForTimeout(12_000);
    expect(await listener.locator('#state').textContent()).toBe('Live');
    expect(await broadcaster.locator('#warning').isVisible()).toBe(false);
  });
});
