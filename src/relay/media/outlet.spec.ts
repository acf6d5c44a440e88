import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MemoryBatch } from '../../../test/support/memory-batch.js';
import { encodeBusPacket } from './bus-packet.js';
import type { FanOutEntry } from './engine/srtp/fan-out-entry.js';
import { SrtpReceiver } from './engine/srtp/srtp-receiver.js';
import { SrtpSenderKeys } from './engine/srtp/srtp-sender-keys.js';
import type { PacketHandler } from './media-bus.js';
import { MediaCounters } from './media-counters.js';
import { Outlet } from './outlet.js';
import { parseRtp, type RtpPacket } from './rtp/rtp-packet.js';

const PROFILE = 'AEAD_AES_128_GCM';
const PORT = 5_004;
const FRAME = 960;

const batch = new MemoryBatch();
let nowMs: number;
let handler: PacketHandler | undefined;
let counters: MediaCounters;
let outlet: Outlet;
let entry: FanOutEntry;
let receiver: SrtpReceiver;

beforeEach(() => {
  nowMs = 0;
  counters = new MediaCounters();
  const bus = {
    publish: () => undefined,
    subscribe: (_topic: string, onPacket: PacketHandler) => {
      handler = onPacket;
      return () => (handler = undefined);
    },
    dropped: 0,
    close: () => undefined,
  };
  const engine = { drain: () => undefined } as unknown as ConstructorParameters<typeof Outlet>[1]['engine'];
  vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
  outlet = new Outlet('masjid', { bus, counters, engine });
  const master = randomBytes(28);
  receiver = new SrtpReceiver(PROFILE, master);
  entry = outlet.fanOut.add(new SrtpSenderKeys(PROFILE, master, outlet.track.ssrc), batch.route(PORT), 109);
});

afterEach(() => {
  entry.remove();
  receiver.free();
  vi.restoreAllMocks();
});

function arrive(sequenceNumber: number, { generation = 1, sound = 'sound' } = {}): void {
  const payload = Buffer.from(sound);
  const rest = { payloadType: 96, marker: false, ssrc: generation, audioLevelDbov: undefined };
  handler?.(encodeBusPacket(generation, { sequenceNumber, timestamp: sequenceNumber * FRAME, payload, ...rest }));
}

const heard = (): RtpPacket[] =>
  batch.take(PORT).flatMap((datagram) => {
    const packet = parseRtp(Buffer.from(receiver.openRtp(datagram) ?? []), undefined);
    return packet === undefined ? [] : [packet];
  });

describe('Outlet', () => {
  it('sends what comes off the bus under the announced SSRC and the payload type of the listener', () => {
    arrive(7);
    const [packet] = heard();
    expect(packet).toMatchObject({ payloadType: 109, ssrc: outlet.track.ssrc, marker: true });
    expect(packet?.payload.toString()).toBe('sound');
    expect(counters.rtpOut).toBe(1);
  });

  it('closes the gap of a packet without sound, and drops those of a broadcaster that was taken over', () => {
    arrive(7);
    arrive(8, { sound: '' });
    arrive(9);
    arrive(3, { generation: 2 });
    arrive(10);
    const numbers = heard().map((packet) => packet.sequenceNumber);
    expect(numbers.map((number) => number - numbers[0]!)).toEqual([0, 1, 2]);
    expect(counters.rtpDropped.stale).toBe(1);
  });

  it('tells the time of the stream by the newest packet, and not by one that came late', () => {
    expect(outlet.timestampNow()).toBeUndefined();
    arrive(7);
    nowMs = 40;
    arrive(9);
    const newest = heard().at(-1)!.timestamp;
    nowMs = 50;
    arrive(8);
    expect(heard()[0]?.timestamp).toBe((newest - FRAME) >>> 0);
    nowMs = 60;
    expect(outlet.timestampNow()).toBe((newest + FRAME) >>> 0);
  });

  it('keeps the pace of a broadcaster whose packets waited while the relay was paused', () => {
    arrive(0);
    nowMs = 20_000;
    for (let number = 1; number <= 1_000; number += 1) arrive(number);
    const packets = heard();
    const steps = packets.slice(1).map(({ timestamp }, index) => (timestamp - packets[index]!.timestamp) >>> 0);
    expect(new Set(steps)).toEqual(new Set([FRAME]));
  });

  it('is empty when its last listener left, and hears nothing once closed', () => {
    outlet.enter();
    expect(outlet.isEmpty).toBe(false);
    outlet.leave();
    expect(outlet.isEmpty).toBe(true);
    outlet.close();
    expect(handler).toBeUndefined();
  });
});
