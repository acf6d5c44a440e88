import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { BrowserScene } from '../support/browser-scene.js';
import { spied } from '../support/browser.js';
import { untilHeard, untilState } from '../support/pages.js';

/** What a phone does to microphones and to the measuring of sound. */
const PHONE = `
  window.phone = { refusals: 0, refusal: 'NotReadableError', held: false, contexts: [] };
  const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = (constraints) =>
    phone.refusals-- > 0 ? Promise.reject(new DOMException('', phone.refusal)) : open(constraints);
  window.AudioContext = class extends AudioContext {
    constructor() {
      super();
      phone.contexts.push(this);
    }
    resume() {
      return phone.held ? Promise.reject(new DOMException('', 'InvalidStateError')) : super.resume();
    }
  };`;

/** Whatever the level is called. */
const KNOWN = /^(Good level|Quiet|Too loud|No sound)/;

describe('the microphone of a broadcast', () => {
  const scene = new BrowserScene({ MEDIA_WORKERS: '1' }, PHONE);

  const warning = (page: Page) => page.locator('#warning');
  const verdict = (page: Page) => page.locator('#level-verdict');
  const unplug = async (page: Page, refusals: number, refusal = 'NotReadableError') => {
    await page.evaluate(`Object.assign(phone, { refusals: ${refusals}, refusal: '${refusal}' })`);
    await spied(page, 'unplugMicrophone()');
  };

  it('is opened again when the phone needs a while to give it back, over the same connection', async () => {
    const broadcaster = await scene.broadcast('headset');
    const listener = await scene.listen('headset');
    await untilHeard(listener);

    await unplug(broadcaster, 6);
    await warning(broadcaster).getByText('The microphone was lost').waitFor();
    await untilState(listener, 'The sound has paused');
    expect(await broadcaster.locator('#state').textContent()).toBe('You are live');

    await untilHeard(listener);
    await warning(broadcaster).waitFor({ state: 'hidden' });
    for (const page of [broadcaster, listener]) expect(await spied(page, 'peerCount()')).toBe(1);
  });

  it('ends the broadcast at once when it is no longer allowed', async () => {
    const broadcaster = await scene.broadcast('forbidden');
    await unplug(broadcaster, 1_000, 'NotAllowedError');
    await broadcaster.getByRole('alert').getByText('The microphone is not allowed').waitFor();
    expect(await spied(broadcaster, 'openPeers()')).toBe(0);
  });

  it('that the system holds back, as during a call, is told at once', async () => {
    const broadcaster = await scene.broadcast('call');
    await spied(broadcaster, 'holdMicrophone(true)');
    await warning(broadcaster).getByText('Your phone holds the microphone back').waitFor({ timeout: 5_000 });
    await spied(broadcaster, 'holdMicrophone(false)');
    await warning(broadcaster).waitFor({ state: 'hidden' });
  });

  it('has no level while it cannot be measured, and has one again as soon as it can', async () => {
    const broadcaster = await scene.broadcast('suspended');
    await verdict(broadcaster).getByText(KNOWN).waitFor();
    await broadcaster.evaluate('phone.held = true, phone.contexts[0].suspend()');
    await verdict(broadcaster).getByText('The level is not known at the moment').waitFor();
    await broadcaster.evaluate('phone.held = false');
    await verdict(broadcaster).getByText(KNOWN).waitFor();
  });

  it('is heard also where it cannot be measured at all', async () => {
    await scene.context.addInitScript(`
      AudioContext.prototype.createMediaStreamSource = () => {
        throw new DOMException('another sample rate', 'NotSupportedError');
      };`);
    const broadcaster = await scene.broadcast('unmeasured');
    await untilHeard(await scene.listen('unmeasured'));
    await verdict(broadcaster).getByText('The level is not known at the moment').waitFor();
  });
});
