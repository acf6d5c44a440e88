import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { dtlsClientHello } from '../support/dtls-client-hello.js';
import { forgedDtlsRecords, forgedGoodbye, forgedRtp, noise } from '../support/hostile-datagrams.js';
import { HostileSender } from '../support/hostile-sender.js';
import { iceCheck, iceLogin, stunIndication } from '../support/ice-check.js';
import { residentKb } from '../support/processes.js';
import { RelayScene } from '../support/relay-scene.js';
import { breaksIn, type RtpListener } from '../support/rtp-listener.js';
import { mediaPort } from '../support/signaling.js';

const DATAGRAMS = 50_000;
/** They leave as fast as the relay reads, however busy the machine is. */
const FLOOD_TIMEOUT_MS = 240_000;
const SOURCE_PORTS = 8;
const MAX_GROWTH_KB = 16 * 1_024;
/** What one voice may have of a second, and what it may have at once. */
const VOICE_PACKETS_PER_SECOND = 420;
const VOICE_BURST_PACKETS = 840;

/** Every listener goes on hearing, and missed nothing so far. */
async function expectUnbroken(listeners: readonly RtpListener[]): Promise<void> {
  const before = listeners.map(({ packets }) => packets.length);
  for (const [index, { packets }] of listeners.entries()) {
    await expect.poll(() => packets.length, { timeout: 10_000 }).toBeGreaterThan(before[index]! + 10);
    expect(breaksIn(packets)).toEqual([]);
  }
}

async function expectNobodyLost(scene: RelayScene, listeners: number): Promise<void> {
  expect(await scene.listenerStates()).toEqual(Array<string>(listeners).fill('connected'));
  expect(await scene.metric('azaan_media_worker_restarts_total')).toBe(0);
  expect(scene.changesTo('interrupted')).toBe(0);
}

describe('a flood of datagrams that belong to nobody', () => {
  it(
    `of ${DATAGRAMS}, from several ports, costs no listener a packet, gets no answer and leaves nothing behind`,
    async () => {
      await using scene = await RelayScene.start({ MEDIA_WORKERS: '1' });
      const broadcaster = await scene.broadcaster();
      const listener = await scene.listener();
      const rtpListeners = await Promise.all([scene.rtpListener(), scene.rtpListener(), scene.rtpListener()]);
      await listener.untilHears(1_000);
      await expectUnbroken(rtpListeners);

      const speaker = iceLogin(broadcaster.answer, broadcaster.peer.localDescription!.sdp);
      const hearer = iceLogin(rtpListeners[0].answer, rtpListeners[0].offer);
      const ssrc = Number(/^a=ssrc:(\d+)/m.exec(broadcaster.peer.localDescription!.sdp)![1]);
      const round = (): Buffer[] => [
        noise(),
        iceCheck('aaaa:bbbb'),
        iceCheck(speaker.userName),
        iceCheck(hearer.userName),
        stunIndication(),
        dtlsClientHello(),
        forgedRtp({ payloadType: 111, ssrc }),
        forgedGoodbye(ssrc),
        ...forgedDtlsRecords(),
      ];
      const rounds = Math.ceil(DATAGRAMS / round().length);
      const flood = function* (): Generator<Buffer> {
        for (let count = 0; count < rounds; count += 1) yield* round();
      };

      const workerPid = await scene.workerPid(broadcaster.answer);
      const before = await residentKb(workerPid);
      await using sender = await HostileSender.open(await scene.mediaPorts(), SOURCE_PORTS);
      expect(await sender.flood(flood()), 'dropped before the relay saw them').toBe(0);
      expect(sender.datagramsSent).toBeGreaterThanOrEqual(DATAGRAMS);

      await expectUnbroken(rtpListeners);
      await listener.untilHears(1_000);
      await expectNobodyLost(scene, 4);
      expect(sender.bytesBack).toBe(0);
      expect(await residentKb(workerPid)).toBeLessThan(before + MAX_GROWTH_KB);
      // And the door is still open.
      const { packets } = await scene.rtpListener();
      await expect.poll(() => packets.length, { timeout: 10_000 }).toBeGreaterThan(0);
    },
    FLOOD_TIMEOUT_MS,
  );

  it('with the ICE user name of one listener, from hundreds of ports, does not disturb that listener', async () => {
    await using scene = await RelayScene.start({ MEDIA_WORKERS: '1' });
    await scene.speaker();
    const victim = await scene.rtpListener();
    await expectUnbroken([victim]);
    const { userName } = iceLogin(victim.answer, victim.offer);
    await using sender = await HostileSender.open([mediaPort(victim.answer.sdp)], 500);
    for (let count = 0; count < 2; count += 1) {
      await sender.flood(Array.from({ length: 500 }, () => iceCheck(userName)));
      await sender.flood(Array.from({ length: 500 }, stunIndication));
      await sender.flood(Array.from({ length: 500 }, () => dtlsClientHello()));
    }
    await expectUnbroken([victim]);
    await expectNobodyLost(scene, 1);
  });
});

describe('a flood of well-encrypted packets', () => {
  it('of a broadcaster is cut to what one voice needs, and costs other masjids nothing', async () => {
    await using scene = await RelayScene.start({ MEDIA_WORKERS: '1' });
    await scene.speaker();
    const listeners = await Promise.all([scene.rtpListener(), scene.rtpListener()]);
    await expectUnbroken(listeners);

    const connectionID = 'loud';
    const loud = await scene.rtpBroadcaster({ connectionID });
    const hearer = await scene.rtpListener({ connectionID });
    const startedAtMs = performance.now();
    let sent = 0;
    while (sent < 10_000) {
      for (let count = 0; count < 50; count += 1) if (loud.sendNext()) sent += 1;
      await sleep(5);
    }
    await expect.poll(() => hearer.packets.length, { timeout: 10_000 }).toBeGreaterThan(VOICE_PACKETS_PER_SECOND);
    await expectUnbroken(listeners);
    const seconds = (performance.now() - startedAtMs) / 1_000;
    expect(hearer.packets.length).toBeLessThanOrEqual(VOICE_BURST_PACKETS + seconds * VOICE_PACKETS_PER_SECOND);
    expect(scene.changesTo('interrupted')).toBe(0);

    // Once it is calm again, it is heard again.
    const heard = hearer.packets.length;
    loud.speak();
    await expect.poll(() => hearer.packets.length, { timeout: 10_000 }).toBeGreaterThan(heard + 10);
  });

  it('of a listener costs nobody a packet', async () => {
    await using scene = await RelayScene.start({ MEDIA_WORKERS: '1' });
    await scene.speaker();
    const listeners = await Promise.all([scene.rtpListener(), scene.rtpListener()]);
    const loud = await scene.rtpListener();
    await expectUnbroken([...listeners, loud]);
    let sent = 0;
    while (sent < 20_000) {
      for (let count = 0; count < 100; count += 1) if (loud.report()) sent += 1;
      await sleep(2);
    }
    await expectUnbroken(listeners);
    await expectNobodyLost(scene, 3);
  });
});
