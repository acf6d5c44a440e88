import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { HostileSender } from '../support/hostile-datagrams.js';
import { RelayScene } from '../support/relay-scene.js';
import { breaksIn } from '../support/rtp-listener.js';
import { mediaPort } from '../support/signaling.js';

const BURSTS = 20;
const ROUNDS = 12;

function iceFragment(sdp: string): string {
  return /^a=ice-ufrag:(\S+)/m.exec(sdp)![1]!;
}

describe('hostile datagrams on the media port', () => {
  it('cost nobody a packet', async () => {
    await using scene = await RelayScene.start({ MEDIA_WORKERS: '1' });
    const broadcaster = await scene.broadcaster();
    const listener = await scene.listener();
    const rtpListener = await scene.rtpListener();
    await listener.untilHears(1_000);

    const peers = [broadcaster, listener].map(({ answer, peer }) => ({
      iceUserName: `${iceFragment(answer.sdp)}:${iceFragment(peer.localDescription!.sdp)}`,
      ssrc: Number(/^a=ssrc:(\d+)/m.exec(peer.localDescription!.sdp)?.[1] ?? 1),
      payloadType: 111,
    }));
    const sender = new HostileSender(mediaPort(broadcaster.answer.sdp));
    let sent = 0;
    for (let burst = 0; burst < BURSTS; burst++) {
      sent += await sender.burst(peers[burst % peers.length]!, ROUNDS);
      await sleep(100);
    }
    await sender.close();
    expect(sent).toBeGreaterThan(1_500);

    const heardBefore = rtpListener.packets.length;
    await expect.poll(() => rtpListener.packets.length, { timeout: 5_000 }).toBeGreaterThan(heardBefore + 20);
    expect(breaksIn(rtpListener.packets)).toEqual([]);
    await listener.untilHears(1_000);
    expect(await scene.listenerStates()).toEqual(['connected', 'connected']);
    expect(await scene.metric('azaan_media_worker_restarts_total')).toBe(0);
    expect(scene.changesTo('interrupted')).toBe(0);
  });
});
