import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { isSrtp } from '../support/datagram-kinds.js';
import type { MediaProxy } from '../support/media-proxy.js';
import { RelayScene } from '../support/relay-scene.js';
import { breaksIn, type RtpListener } from '../support/rtp-listener.js';

const EVENTUALLY = { timeout: 10_000, interval: 20 };
/** A listener that guesses the rollover counter (RFC 3711, 3.3.1) guesses right below it, whatever it misses at first. */
const HALF = 2 ** 15;
const LAST = 2 ** 16 - 1;

/** A greater one is a new sequence (RFC 3550, A.1). */
const MAX_GAP = 2_500;

/** As the radio of a phone that has just woken does. */
const loseFirst = (count: number) => (proxy: MediaProxy) => {
  let seen = 0;
  proxy.passesBack = (datagram) => {
    if (isSrtp(datagram)) seen += 1;
    return !isSrtp(datagram) || seen > count;
  };
};

async function expectToHear({ packets }: RtpListener): Promise<void> {
  const before = packets.length;
  await vi.waitFor(() => expect(packets.length).toBeGreaterThan(before + 10), EVENTUALLY);
  expect(breaksIn(packets.slice(before))).toEqual([]);
}

/** Off the wire, where they are in the open, by listener. */
const numbersOf = ({ proxy }: RtpListener): number[] =>
  proxy.fromRelay.filter(isSrtp).map((datagram) => datagram.readUInt16BE(2));

describe('the numbers of the packets', () => {
  let scene: RelayScene;
  beforeAll(async () => {
    scene = await RelayScene.start({ MEDIA_WORKERS: '1' });
  });
  afterAll(() => scene[Symbol.asyncDispose]());

  it.concurrent('may wrap at the broadcaster, and those who join after that hear', async () => {
    const connectionID = 'after';
    const broadcaster = await scene.rtpBroadcaster({ connectionID, firstSequenceNumber: LAST - 30 });
    const early = await scene.rtpListener({ connectionID });
    broadcaster.speak();
    await expectToHear(early);
    await vi.waitFor(() => expect(early.packets.length).toBeGreaterThan(60), EVENTUALLY);
    await expectToHear(await scene.rtpListener({ connectionID }));
    await expectToHear(early);
  });

  it.concurrent('may wrap just after a listener joined, while its first 20 packets are lost', async () => {
    const connectionID = 'before';
    const broadcaster = await scene.rtpBroadcaster({ connectionID });
    const early = await scene.rtpListener({ connectionID });
    const newest = (): number => early.packets.at(-1)?.sequenceNumber ?? 0;
    await vi.waitFor(() => {
      broadcaster.sendNext();
      expect(early.packets.length).toBeGreaterThan(0);
    }, EVENTUALLY);
    // Gaps are kept: by a few dozen packets with great ones between them, the early listener comes near its last number.
    while (LAST - newest() > 8) {
      const heard = early.packets.length;
      broadcaster.sendShaped({ numbersAhead: Math.min(MAX_GAP, LAST - newest() - 5), elapsedMs: 60_000 });
      await vi.waitFor(() => expect(early.packets.length).toBeGreaterThan(heard), EVENTUALLY);
    }
    const options = { connectionID, behindProxy: true, prepareProxy: loseFirst(20) };
    const joining = await scene.rtpListener(options);
    await vi.waitFor(() => expect(joining.isConnected).toBe(true), EVENTUALLY);
    broadcaster.speak();
    await expectToHear(joining);
    expect(newest(), 'number of the early listener, wrapped').toBeLessThan(HALF);
    await expectToHear(await scene.rtpListener({ connectionID }));
  });

  it.concurrent(
    'begin in the lower half for every listener, so that losing the first ones silences nobody',
    async () => {
      const masjids = Array.from({ length: 10 }, (_, index) => `lower-half-${index}`);
      const listeners = await Promise.all(
        masjids.map(async (connectionID) => {
          await scene.speaker({ connectionID, firstSequenceNumber: LAST - 5 });
          return scene.rtpListener({ connectionID, behindProxy: true, prepareProxy: loseFirst(20) });
        }),
      );
      for (const listener of listeners) await expectToHear(listener);
      const first = listeners.map((listener) => numbersOf(listener)[0]!);
      expect(first.filter((number) => number >= HALF)).toEqual([]);
      expect(new Set(first).size, 'first numbers that differ').toBeGreaterThan(1);
    },
  );
});
