import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { RelayScene } from '../support/relay-scene.js';
import { breaksIn } from '../support/rtp-listener.js';

/** As short as the server allows; who joins late does so after all of them. */
const SHORT_TIMEOUTS = { PEER_CONNECT_TIMEOUT_MS: '5000', PEER_SILENCE_TIMEOUT_MS: '9000' };
const LATE_MS = 12_000;
const LATE_HEARING_MS = 1_000;
const COUNTING_MS = 3_000;

describe('listeners hear the broadcaster', () => {
  it('on both workers, in both SDP forms, each with one stream', async () => {
    await using scene = await RelayScene.start({ MEDIA_WORKERS: '2' });
    const broadcaster = await scene.broadcaster({ version: 3 });
    const listeners = await Promise.all(
      [1, 2, 3, 4, 5].map((version) => scene.listener({ version, bareSdp: version % 2 === 0 })),
    );
    await Promise.all(listeners.map((listener) => listener.untilHears(1_000)));

    expect(broadcaster.answer.body).toMatchObject({ connectionID: 'an-noor', version: 3, sdp: { type: 'answer' } });
    for (const [index, { answer, streamsOfTracks }] of listeners.entries()) {
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual({
        connectionID: 'an-noor',
        version: index + 1,
        sdp: { type: 'answer', sdp: answer.sdp },
      });
      expect(streamsOfTracks).toEqual([1]);
    }
    const workers = new Set(await Promise.all(listeners.map(({ answer }) => scene.workerPid(answer))));
    expect(workers.size, 'workers with listeners').toBe(2);
    expect(await scene.metric('azaan_listeners_active')).toBe(5);
    await expect.poll(() => scene.listenerStates()).toEqual(Array.from({ length: 5 }, () => 'connected'));
  });

  it('when the broadcaster sends bare SDP text and a numeric connectionID', async () => {
    await using scene = await RelayScene.start({ MEDIA_WORKERS: '1' });
    const { answer } = await scene.broadcaster({ bareSdp: true, connectionID: 4711, version: '1.4.2' });
    const listener = await scene.hearer({ bareSdp: true, connectionID: '4711' });
    expect(answer.body).toEqual({ connectionID: 4711, version: '1.4.2', sdp: { type: 'answer', sdp: answer.sdp } });
    expect(listener.answer.body).toEqual({ connectionID: '4711', sdp: { type: 'answer', sdp: listener.answer.sdp } });
  });

  it('within a second when they join late, after every timeout of a peer', async () => {
    await using scene = await RelayScene.start({ MEDIA_WORKERS: '2', ...SHORT_TIMEOUTS });
    await scene.broadcaster();
    const early = await scene.hearer();
    await sleep(LATE_MS);
    const joiningAtMs = performance.now();
    await scene.hearer();
    expect(performance.now() - joiningAtMs).toBeLessThan(LATE_HEARING_MS);
    expect(early.tone?.frequencyHz).toBe(1_000);
  });

  it('in one unbroken stream of 60 ms packets, as asked of the broadcaster', async () => {
    await using scene = await RelayScene.start({ MEDIA_WORKERS: '2' });
    await scene.broadcaster();
    const listeners = await Promise.all([scene.rtpListener(), scene.rtpListener()]);
    await Promise.all(listeners.map(({ packets }) => expect.poll(() => packets.length).toBeGreaterThan(5)));
    const before = listeners.map(({ packets }) => packets.length);
    const startedAtMs = performance.now();
    await sleep(COUNTING_MS);
    const seconds = (performance.now() - startedAtMs) / 1_000;
    for (const [index, { packets }] of listeners.entries()) {
      const perSecond = (packets.length - before[index]!) / seconds;
      expect(perSecond).toBeGreaterThan(15);
      expect(perSecond).toBeLessThan(18.5);
      expect(breaksIn(packets)).toEqual([]);
      // Version 2 and nothing else: no padding, no extension, no CSRC.
      expect(new Set(packets.map(({ firstByte }) => firstByte))).toEqual(new Set([0x80]));
    }
  });
});
