import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { type InboundAudio, inboundAudio, spied } from '../support/browser.js';
import { BrowserScene } from '../support/browser-scene.js';
import { goLive, untilHeard, untilState } from '../support/pages.js';

async function hearFor10Seconds(listener: Page, first: InboundAudio) {
  await listener.waitForTimeout(10_000);
  const last = (await inboundAudio(listener))!;
  return {
    last,
    energy: last.totalAudioEnergy - first.totalAudioEnergy,
    packetsPerSecond: (last.packetsReceived - first.packetsReceived) / ((last.timestamp - first.timestamp) / 1_000),
    concealedShare:
      (last.concealedSamples - first.concealedSamples) / (last.totalSamplesReceived - first.totalSamplesReceived),
  };
}

describe('hearing a masjid through the pages', () => {
  const scene = new BrowserScene();

  it('carries the sound of another browser whole, in packets of 60 ms', async () => {
    const broadcaster = await scene.broadcast('whole');
    const listener = await scene.listen('whole');
    let heard = await hearFor10Seconds(listener, await untilHeard(listener));
    // A burst of other work on a small machine starves the browser's audio thread; a relay that loses packets always does.
    for (let attempt = 1; attempt < 3 && heard.concealedShare >= 0.01; attempt += 1) {
      heard = await hearFor10Seconds(listener, heard.last);
    }

    expect(heard.energy).toBeGreaterThan(0);
    expect(heard.packetsPerSecond).toBeGreaterThan(15.9);
    expect(heard.packetsPerSecond).toBeLessThan(17.1);
    expect(heard.concealedShare).toBeLessThan(0.01);
    expect(heard.last.packetsLost).toBe(0);
    expect(await spied(listener, 'streamsByTrack()')).toEqual([1]);
    expect(await listener.locator('#elapsed-time').textContent()).toMatch(/^00:[1-4]\d$/);
    // Of its own masjid alone: a list of everybody's listeners is long.
    await broadcaster.waitForResponse(`${scene.url}/broadcast?connectionID=whole`);
    await expect.poll(() => broadcaster.locator('#listeners').textContent(), { timeout: 10_000 }).toBe('1');
  });

  it('begins by itself when the broadcast begins after the page was opened', async () => {
    const listener = await scene.listen('early');
    await untilState(listener, 'Waiting for the azaan');
    await scene.broadcast('early');
    await untilHeard(listener);
  });

  it('keeps its listener when the broadcaster page is reloaded', async () => {
    const broadcaster = await scene.broadcast('reload');
    const listener = await scene.listen('reload');
    await untilHeard(listener);

    broadcaster.on('dialog', (dialog) => void dialog.accept());
    await broadcaster.reload();
    await broadcaster.goto(await scene.broadcasterUrl('reload'));
    await goLive(broadcaster);

    await untilHeard(listener, 50);
    expect(await spied(listener, 'peerCount()')).toBe(1);
  });

  it('says that the sound paused while the broadcaster is away, and goes on when it returns', async () => {
    const broadcaster = await scene.broadcast('away');
    const listener = await scene.listen('away');
    await untilHeard(listener);

    await broadcaster.getByRole('button', { name: 'Stop broadcasting' }).click();
    await untilState(listener, 'The sound has paused');
    await goLive(broadcaster);

    await untilHeard(listener);
    expect(await spied(listener, 'peerCount()')).toBe(1);
  });

  it('goes on with another microphone without a new connection', async () => {
    const broadcaster = await scene.broadcast('microphones');
    const listener = await scene.listen('microphones');
    await untilHeard(listener);

    await broadcaster.getByLabel('Microphone', { exact: true }).selectOption({ label: 'Fake Audio Input 2' });

    await untilHeard(listener, 30);
    expect(await spied(broadcaster, 'peerCount()')).toBe(1);
  });

  it('goes on with the default microphone when the one in use is pulled out', async () => {
    const broadcaster = await scene.broadcast('unplugged');
    const listener = await scene.listen('unplugged');
    await untilHeard(listener);

    await spied(broadcaster, 'unplugMicrophone()');

    await untilHeard(listener, 30);
    expect(await spied(broadcaster, 'microphones()')).toEqual(['ended', 'live']);
    expect(await spied(broadcaster, 'peerCount()')).toBe(1);
  });

  it('yields when another device broadcasts, and says so', async () => {
    const first = await scene.broadcast('two-phones');
    const listener = await scene.listen('two-phones');
    await untilHeard(listener);

    const second = await scene.broadcast('two-phones');

    await first.getByRole('alert').getByText('Another device is broadcasting now').waitFor();
    await untilHeard(listener);
    expect(await second.locator('#state').textContent()).toBe('You are live');
    expect(await spied(first, 'openPeers()')).toBe(0);
  });

  it('obeys the controls of the lock screen', async () => {
    await scene.broadcast('lock-screen');
    const listener = await scene.listen('lock-screen');
    await untilHeard(listener);
    expect(await listener.evaluate('navigator.mediaSession.metadata.title')).toBe('lock-screen');
    expect(await listener.evaluate('navigator.mediaSession.playbackState')).toBe('playing');

    await spied(listener, 'mediaActions.pause()');
    await untilState(listener, 'Stopped');
    expect(await listener.evaluate('navigator.mediaSession.playbackState')).toBe('paused');
    expect(await spied(listener, 'openPeers()')).toBe(0);

    await spied(listener, 'mediaActions.play()');
    await untilHeard(listener);
  });

  it('leaves nothing open after stopping', async () => {
    const broadcaster = await scene.broadcast('stopping');
    const listener = await scene.listen('stopping');
    await untilHeard(listener);

    await listener.getByRole('button', { name: 'Stop listening' }).click();
    await broadcaster.getByRole('button', { name: 'Stop broadcasting' }).click();

    await untilState(listener, 'Stopped');
    await broadcaster.getByText('Broadcast ended').waitFor();
    expect(await spied(listener, 'openPeers()')).toBe(0);
    expect(await spied(broadcaster, 'openPeers()')).toBe(0);
  });
});
