import { describe, expect, it } from 'vitest';
import { RelayScene } from '../support/relay-scene.js';
import { negotiate } from '../support/signaling.js';

const JOINS = 'azaan_joins_total{result="ok"}';

describe('a call that is sent again, because its answer was lost on the way', () => {
  it('is answered alike: one listener, one join, and the sound comes', async () => {
    await using scene = await RelayScene.start();
    await scene.speaker();
    const listener = await scene.rtpListener();
    const labels = { connectionID: scene.masjid };
    const again = await Promise.all([1, 2].map(() => negotiate(scene.server.url, '/consumer', labels, listener.offer)));
    expect(again.map(({ sdp }) => sdp)).toEqual([listener.answer.sdp, listener.answer.sdp]);
    await expect.poll(() => listener.packets.length).toBeGreaterThan(5);
    expect(await scene.listenerStates()).toEqual(['connected']);
    expect(await scene.metric(JOINS)).toBe(1);
  });

  it('changes nothing for a broadcaster, who speaks on', async () => {
    await using scene = await RelayScene.start();
    const broadcaster = await scene.speaker();
    const listener = await scene.rtpListener();
    const again = await negotiate(scene.server.url, '/broadcast', { connectionID: scene.masjid }, broadcaster.offer);
    expect(again.sdp).toBe(broadcaster.answer.sdp);
    await expect.poll(() => listener.packets.length).toBeGreaterThan(5);
    expect(scene.changesTo('interrupted')).toBe(0);
  });

  it('leads to another listener when it is of another client', async () => {
    await using scene = await RelayScene.start();
    await scene.speaker();
    const [first, second] = await Promise.all([scene.rtpListener(), scene.rtpListener()]);
    expect(first.answer.sdp).not.toBe(second.answer.sdp);
    expect(await scene.listenerStates()).toHaveLength(2);
  });
});
