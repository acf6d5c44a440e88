import { beforeEach, describe, expect, it, vi, type Mock } from 'vitest';
import { encodeBusPacket } from './bus-packet.js';
import { MediaCounters } from './media-counters.js';
import type { PacketHandler } from './media-bus.js';
import { Outlet, type PacketSink } from './outlet.js';
import { parseRtp } from './rtp/rtp-packet.js';

/** A bus with one handler at most, driven by hand. */
class OneTopicBus {
  handler: PacketHandler | undefined;
  dropped = 0;
  publish = (): void => undefined;
  close = (): void => undefined;
  subscribe(_topic: string, onPacket: PacketHandler): () => void {
    this.handler = onPacket;
    return () => {
      this.handler = undefined;
    };
  }
}

class Sink implements PacketSink {
  flowing = false;
  isConnected = true;
  readonly received: Buffer[] = [];
  constructor(
    readonly peerId: string,
    readonly payloadType: number,
    readonly accepts = true,
  ) {}
  send(packet: Buffer): boolean {
    if (this.accepts) this.received.push(Buffer.from(packet));
    return this.accepts;
  }
}

describe('Outlet', () => {
  let bus: OneTopicBus;
  let counters: MediaCounters;
  let onFirstPacket: Mock<(peerId: string) => void>;
  let outlet: Outlet;

  beforeEach(() => {
    bus = new OneTopicBus();
    counters = new MediaCounters();
    onFirstPacket = vi.fn();
    outlet = new Outlet('masjid', { bus, counters, now: () => 0 }, onFirstPacket);
  });

  function add(payloadType = 111, accepts = true): Sink {
    const sink = new Sink('a', payloadType, accepts);
    outlet.add(sink);
    return sink;
  }

  function arrive(sequenceNumber: number, generation = 1, payload = Buffer.from([0x78, sequenceNumber & 0xff])): void {
    const timestamp = sequenceNumber * 960;
    const rest = { payloadType: 96, marker: false, ssrc: generation, audioLevelDbov: undefined };
    bus.handler?.(encodeBusPacket(generation, { sequenceNumber, timestamp, payload, ...rest }));
  }

  it('gives every listener the packet under its own payload type and the announced SSRC', () => {
    const [chromium, firefox] = [add(111), add(109)];
    arrive(7);
    for (const sink of [chromium, firefox]) {
      const packet = parseRtp(sink.received[0] ?? Buffer.alloc(0), undefined);
      expect(packet?.payloadType).toBe(sink.payloadType);
      expect(packet?.ssrc).toBe(outlet.track.ssrc);
      expect(packet?.payload).toEqual(Buffer.from([0x78, 7]));
    }
  });

  it('costs nobody a packet when one listener cannot take it', () => {
    add(111, false);
    const sound = add();
    arrive(1);
    arrive(2);
    expect(sound.received).toHaveLength(2);
    expect(counters.rtpSendFailures).toBe(2);
    expect(counters.rtpOut).toBe(2);
  });

  it('waits for a listener to connect', () => {
    const sink = add();
    sink.isConnected = false;
    arrive(1);
    sink.isConnected = true;
    arrive(2);
    expect(sink.received).toHaveLength(1);
  });

  it('tells of the first packet of each listener, once', () => {
    add();
    arrive(1);
    arrive(2);
    expect(onFirstPacket.mock.calls).toEqual([['a']]);
  });

  it('sends nothing for a packet without sound, and leaves no gap for it', () => {
    const sink = add();
    arrive(1);
    arrive(2, 1, Buffer.alloc(0));
    arrive(3);
    const [first, second, ...more] = sink.received.map((packet) => parseRtp(packet, undefined)!.sequenceNumber);
    expect(second).toBe((first! + 1) & 0xffff);
    expect(more).toEqual([]);
    expect(counters.rtpDropped.stale).toBe(0);
  });

  it('drops packets of a broadcaster that was taken over, and counts them', () => {
    const sink = add();
    arrive(1, 2);
    arrive(2, 1);
    expect(sink.received).toHaveLength(1);
    expect(counters.rtpDropped.stale).toBe(1);
  });

  it('is empty again when its last listener left, and hears nothing once closed', () => {
    const sink = add();
    expect(outlet.isEmpty).toBe(false);
    outlet.remove(sink);
    expect(outlet.isEmpty).toBe(true);
    outlet.close();
    expect(bus.handler).toBeUndefined();
  });
});
