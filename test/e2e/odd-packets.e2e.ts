import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { RelayScene } from '../support/relay-scene.js';
import { breaksIn, type ReceivedPacket } from '../support/rtp-listener.js';
import type { PacketShape } from '../support/rtp-broadcaster.js';

const EVENTUALLY = { timeout: 10_000, interval: 20 };
const CLOCK_UNITS_PER_MS = 48;
/** Above what a busy machine delays a timer by. */
const LATE_MS = 500;
const HOUR_MS = 3_600_000;

/** Steps of the timestamps, in milliseconds. */
const stepsMs = (packets: readonly ReceivedPacket[]): number[] =>
  packets.slice(1).map(({ timestamp }, index) => ((timestamp - packets[index]!.timestamp) | 0) / CLOCK_UNITS_PER_MS);

describe('packets that no browser sends every day', () => {
  let scene: RelayScene;
  beforeAll(async () => {
    scene = await RelayScene.start({ MEDIA_WORKERS: '1' });
  });
  afterAll(() => scene[Symbol.asyncDispose]());

  /** A connected pair that has exchanged ten packets, and how to send more, 60 ms apart. */
  async function pair(connectionID: string) {
    const broadcaster = await scene.rtpBroadcaster({ connectionID });
    const { packets } = await scene.rtpListener({ connectionID });
    const send = async (count: number, shape: PacketShape = {}): Promise<void> => {
      for (let sent = 0; sent < count; sent += 1) {
        broadcaster.sendShaped(shape);
        await sleep(60);
      }
    };
    broadcaster.speak();
    await vi.waitFor(() => expect(packets.length).toBeGreaterThanOrEqual(10), EVENTUALLY);
    broadcaster.rest();
    return { packets, send };
  }

  it.concurrent.each([
    ['by ten hours into the future', 10 * HOUR_MS],
    ['by ten hours into the past', -10 * HOUR_MS],
    ['by ten seconds into the past', -10_000],
    ['by a minute into the future', 60_000],
  ])('timestamps that jump %s go on by the clock for the listeners', async (name, jumpMs) => {
    const { packets, send } = await pair(name);
    const before = packets.length;
    await send(1, { elapsedMs: jumpMs });
    await send(20);
    await vi.waitFor(() => expect(packets.length).toBe(before + 21), EVENTUALLY);
    expect(breaksIn(packets)).toEqual([]);
    expect(Math.max(...stepsMs(packets.slice(before - 1)))).toBeLessThan(LATE_MS);
  });

  it.concurrent('timestamps that stand still go on by the clock for the listeners', async () => {
    const { packets, send } = await pair('still');
    const before = packets.length;
    await send(20, { elapsedMs: 0 });
    await send(20);
    await vi.waitFor(() => expect(packets.length).toBe(before + 40), EVENTUALLY);
    expect(Math.min(...stepsMs(packets))).toBeGreaterThanOrEqual(0);
    const elapsedMs = ((packets.at(-1)!.timestamp - packets[before]!.timestamp) | 0) / CLOCK_UNITS_PER_MS;
    expect(elapsedMs).toBeGreaterThan(39 * 60 - LATE_MS);
  });

  it.concurrent.each([
    ['padding alone', { payload: Buffer.alloc(0), paddingBytes: 224 }],
    ['nothing at all', { payload: Buffer.alloc(0) }],
  ])('those with %s leave no hole in the numbers', async (name, shape) => {
    const { packets, send } = await pair(name);
    const before = packets.length;
    for (let round = 0; round < 5; round += 1) {
      await send(3, { ...shape, elapsedMs: 0 });
      await send(3);
    }
    await vi.waitFor(() => expect(packets.length).toBe(before + 15), EVENTUALLY);
    expect(breaksIn(packets)).toEqual([]);
    for (const { payload } of packets) expect(payload.length).toBe(120);
  });

  it.concurrent('padding behind sound is left out', async () => {
    const { packets, send } = await pair('padded');
    const before = packets.length;
    await send(10, { paddingBytes: 40 });
    await vi.waitFor(() => expect(packets.length).toBe(before + 10), EVENTUALLY);
    expect(breaksIn(packets)).toEqual([]);
    for (const { payload, firstByte } of packets) expect([payload.length, firstByte]).toEqual([120, 0x80]);
  });

  it.concurrent('frames of 5 ms, 200 of them a second, all arrive', async () => {
    const connectionID = '5 ms';
    const broadcaster = await scene.rtpBroadcaster({ connectionID });
    const { packets } = await scene.rtpListener({ connectionID });
    broadcaster.speak();
    await vi.waitFor(() => expect(packets.length).toBeGreaterThan(0), EVENTUALLY);
    broadcaster.rest();
    await sleep(200);
    const before = packets.length;
    const startedAtMs = performance.now();
    let sent = 0;
    while (sent < 1_200) {
      for (; sent < (performance.now() - startedAtMs) / 5; sent += 1) {
        broadcaster.sendShaped({ elapsedMs: 5, payload: Buffer.alloc(80, 0xe0) });
      }
      await sleep(5);
    }
    await vi.waitFor(() => expect(packets.length).toBe(before + sent), EVENTUALLY);
    expect(breaksIn(packets)).toEqual([]);
  });
});
