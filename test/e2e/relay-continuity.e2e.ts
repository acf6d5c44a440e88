import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { RelayScene } from '../support/relay-scene.js';
import { breaksIn } from '../support/rtp-listener.js';
import { postOffer } from '../support/signaling.js';

/** As short as the server allows, so that an interruption soon outlasts them. */
const SHORT_TIMEOUTS = { PEER_CONNECT_TIMEOUT_MS: '5000', PEER_SILENCE_TIMEOUT_MS: '9000' };
const INTERRUPTION_MS = 12_000;
/** ICE consent expires some seconds after the relay stops answering. */
const EVENTUALLY = { timeout: 20_000, interval: 100 };
const SILENT_BROADCASTER = 'azaan_peer_disconnects_total{role="broadcaster",reason="silent"}';

describe('when the broadcaster vanishes without a goodbye', () => {
  it('its listeners, untouched, hear the one that comes back, in one unbroken stream', async () => {
    await using scene = await RelayScene.start({ MEDIA_WORKERS: '2', ...SHORT_TIMEOUTS });
    const first = await scene.peerProcess('broadcast');
    const listeners = await Promise.all([scene.hearer(), scene.hearer()]);
    const rtpListener = await scene.rtpListener();

    await first.kill();
    await expect.poll(() => scene.metric(SILENT_BROADCASTER), EVENTUALLY).toBe(1);
    expect(scene.changesTo('interrupted')).toBe(1);
    expect(await scene.listenerStates()).toEqual(['connected', 'connected', 'connected']);
    const packetsBefore = rtpListener.packets.length;

    await scene.broadcaster({ frequencyHz: 2_000 });
    await Promise.all(listeners.map((listener) => listener.untilHears(2_000)));
    expect(listeners.map(({ streamsOfTracks }) => streamsOfTracks)).toEqual([[1], [1]]);
    expect(rtpListener.packets.length).toBeGreaterThan(packetsBefore);
    expect(breaksIn(rtpListener.packets)).toEqual([]);
    expect(scene.changesTo('live')).toBe(2);
  });

  it('it may come back before anyone missed it', async () => {
    await using scene = await RelayScene.start({ MEDIA_WORKERS: '2' });
    const first = await scene.peerProcess('broadcast');
    const listener = await scene.listener();
    const rtpListener = await scene.rtpListener();
    await listener.untilHears(1_000);

    await first.kill();
    await scene.broadcaster({ frequencyHz: 2_000 });
    await listener.untilHears(2_000);
    expect(breaksIn(rtpListener.packets)).toEqual([]);
    expect(scene.changesTo('interrupted')).toBe(0);
  });

  it('listeners that stay are kept through an interruption that outlasts every timeout of a peer', async () => {
    await using scene = await RelayScene.start({
      MEDIA_WORKERS: '1',
      BROADCAST_GRACE_SECONDS: '60',
      ...SHORT_TIMEOUTS,
    });
    const first = await scene.peerProcess('broadcast');
    const hearing = await scene.hearer();
    await first.kill();
    await expect.poll(() => scene.changesTo('interrupted'), EVENTUALLY).toBe(1);
    const joinedMeanwhile = await scene.listener();
    await sleep(INTERRUPTION_MS);

    expect(await scene.listenerStates()).toEqual(['connected', 'connected']);
    await scene.broadcaster({ frequencyHz: 2_000 });
    await Promise.all([hearing, joinedMeanwhile].map((listener) => listener.untilHears(2_000)));
  });
});

describe('when a second broadcaster takes over', () => {
  it('the listeners hear the new one, in one unbroken stream, and the old one is closed', async () => {
    await using scene = await RelayScene.start({ MEDIA_WORKERS: '2' });
    const old = await scene.broadcaster();
    const listeners = await Promise.all([scene.hearer(), scene.hearer()]);
    const rtpListeners = await Promise.all([scene.rtpListener(), scene.rtpListener()]);

    await scene.broadcaster({ frequencyHz: 2_000 });
    await Promise.all(listeners.map((listener) => listener.untilHears(2_000)));
    expect(listeners.map(({ streamsOfTracks }) => streamsOfTracks)).toEqual([[1], [1]]);
    for (const { packets } of rtpListeners) expect(breaksIn(packets)).toEqual([]);
    expect(scene.changesTo('interrupted')).toBe(0);

    expect(await scene.metric('azaan_peer_disconnects_total{role="broadcaster",reason="closed_by_relay"}')).toBe(1);
    await expect.poll(() => old.peer.connectionState, EVENTUALLY).not.toBe('connected');
    expect(listeners.map(({ tone }) => tone?.frequencyHz)).toEqual([2_000, 2_000]);
  });
});

describe('when nobody comes back within the grace time', () => {
  it('the broadcast ends, its listeners are closed, and who asks for it is told that there is none', async () => {
    await using scene = await RelayScene.start({ MEDIA_WORKERS: '2', BROADCAST_GRACE_SECONDS: '2' });
    const broadcaster = await scene.broadcaster();
    const listener = await scene.hearer();

    broadcaster.close();
    await expect.poll(() => scene.changesTo('interrupted'), EVENTUALLY).toBe(1);
    expect(await scene.listenerStates()).toEqual(['connected']);
    await expect.poll(() => scene.broadcasts(), EVENTUALLY).toEqual({});

    const labels = { connectionID: scene.masjid, version: 1 };
    const reply = await postOffer(scene.server.url, '/consumer', labels, listener.peer.localDescription!.sdp);
    expect([reply.status, reply.body]).toEqual([200, {}]);
    expect(await scene.metric('azaan_broadcasts_active')).toBe(0);
    expect(await scene.metric('azaan_peer_disconnects_total{role="listener",reason="closed_by_relay"}')).toBe(1);
    await expect.poll(() => listener.peer.connectionState, EVENTUALLY).not.toBe('connected');
  });
});
