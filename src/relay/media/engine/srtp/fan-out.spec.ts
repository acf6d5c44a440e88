import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MemoryBatch } from '../../../../../test/support/memory-batch.js';
import { openHandles } from '../native/handle.js';
import { FanOut } from './fan-out.js';
import type { SrtpProfile } from './session-keys.js';
import { SrtpReceiver } from './srtp-receiver.js';
import { SrtpSenderKeys } from './srtp-sender-keys.js';

const SSRC = 0xcafe_babe;
const PROFILES: readonly [SrtpProfile, number][] = [
  ['AEAD_AES_128_GCM', 28],
  ['AES_CM_128_HMAC_SHA1_80', 30],
];

let batch: MemoryBatch;
let handlesBefore: number;

beforeEach(() => {
  batch = new MemoryBatch();
  handlesBefore = openHandles();
});

afterEach(() => {
  expect(openHandles()).toBe(handlesBefore);
});

const packet = (index: number, payload = Buffer.from(`payload ${index}`)) => ({
  index,
  timestamp: (index * 960) >>> 0,
  marker: index % 2 === 0,
  payload,
});
const headerOf = (rtp: Buffer) => ({
  sequenceNumber: rtp.readUInt16BE(2),
  timestamp: rtp.readUInt32BE(4),
  ssrc: rtp.readUInt32BE(8),
  second: rtp.readUInt8(1),
  payload: rtp.subarray(12).toString('latin1'),
});

describe.each(PROFILES)('fan-out under %s', (profile, masterBytes) => {
  /** A listener: its place in the fan-out and what it hears. */
  function listen(fanOut: FanOut, port: number, payloadType = 111) {
    const master = randomBytes(masterBytes);
    const receiver = new SrtpReceiver(profile, master);
    const entry = fanOut.add(
      new SrtpSenderKeys(profile, master, SSRC),
      batch.route(port),
      payloadType,
      () => undefined,
    );
    const hear = () =>
      batch.take(port).flatMap((datagram) => {
        const rtp = receiver.openRtp(datagram);
        return rtp ? [headerOf(rtp)] : [];
      });
    const leave = () => {
      entry.remove();
      receiver.free();
    };
    return { entry, hear, leave };
  }

  it('reaches each listener under its own number, payload type and key', () => {
    const fanOut = new FanOut(SSRC);
    const one = listen(fanOut, 1, 111);
    const two = listen(fanOut, 2, 96);
    fanOut.send(packet(70_000));
    fanOut.send(packet(70_001));
    const heard = [one.hear(), two.hear()];
    for (const [which, packets] of heard.entries()) {
      expect(packets.map(({ payload }) => payload)).toEqual(['payload 70000', 'payload 70001']);
      expect(packets.map(({ second }) => second)).toEqual(which === 0 ? [0x80 | 111, 111] : [0x80 | 96, 96]);
      expect(packets.map(({ timestamp }) => timestamp)).toEqual([67_200_000, 67_200_960]);
      expect(packets[0]!.ssrc).toBe(SSRC);
      expect(packets[0]!.sequenceNumber).toBeLessThan(0x8000);
      expect(packets[1]!.sequenceNumber).toBe(packets[0]!.sequenceNumber + 1);
    }
    one.leave();
    two.leave();
  });

  it('is understood across many wraps of the sequence number, with packets lost', () => {
    const fanOut = new FanOut(SSRC, () => 0x7fff);
    const listener = listen(fanOut, 1);
    const lastIndex = 300_000;
    const heard: string[] = [];
    const sent: string[] = [];
    for (let index = 5; index < lastIndex; index += 997) {
      fanOut.send(packet(index));
      sent.push(`payload ${index}`);
      heard.push(...listener.hear().map(({ payload }) => payload));
    }
    expect(heard).toEqual(sent);
    listener.leave();
  });

  it('begins each listener’s sequence with the first packet that it gets, however late it joins', () => {
    const fanOut = new FanOut(SSRC);
    const early = listen(fanOut, 1);
    fanOut.send(packet(0));
    fanOut.send(packet(30_000));
    fanOut.send(packet(60_000));
    const late = listen(fanOut, 2);
    fanOut.send(packet(90_000));
    fanOut.send(packet(90_001));
    expect(early.hear()).toHaveLength(5);
    const [first, second] = late.hear();
    expect(first?.sequenceNumber).toBeLessThan(0x8000);
    expect(second?.sequenceNumber).toBe((first?.sequenceNumber ?? 0) + 1);
    early.leave();
    late.leave();
  });

  it('gives a late packet its own lower number, but nobody one from before its time', () => {
    const fanOut = new FanOut(SSRC, () => 100);
    const there = listen(fanOut, 1);
    fanOut.send(packet(10));
    fanOut.send(packet(12));
    const joining = listen(fanOut, 2);
    fanOut.send(packet(11));
    fanOut.send(packet(13));
    fanOut.send(packet(9));
    expect(there.hear().map(({ sequenceNumber }) => sequenceNumber)).toEqual([100, 102, 101, 103]);
    expect(joining.hear().map(({ payload, sequenceNumber }) => [payload, sequenceNumber])).toEqual([
      ['payload 13', 100],
    ]);
    there.leave();
    joining.leave();
  });

  it('never seals an index twice, nor one that it no longer remembers', () => {
    const fanOut = new FanOut(SSRC);
    const listener = listen(fanOut, 1);
    for (const index of [500, 600, 600, 500, 550, 550, 472]) fanOut.send(packet(index));
    expect(batch.take(1)).toHaveLength(3);
    expect(listener.entry.packets).toBe(3);
    listener.leave();
  });

  it('begins anew under new keys', () => {
    const fanOut = new FanOut(SSRC);
    const listener = listen(fanOut, 1);
    fanOut.send(packet(0));
    fanOut.send(packet(32_000));
    fanOut.send(packet(64_000));
    expect(listener.hear()).toHaveLength(3);
    const master = randomBytes(masterBytes);
    const receiver = new SrtpReceiver(profile, master);
    listener.entry.rekey(new SrtpSenderKeys(profile, master, SSRC));
    fanOut.send(packet(96_000));
    fanOut.send(packet(95_999));
    const [datagram, ...others] = batch.take(1);
    expect(others).toEqual([]);
    const opened = receiver.openRtp(datagram!);
    expect(headerOf(opened!)).toMatchObject({ payload: 'payload 96000' });
    expect(headerOf(opened!).sequenceNumber).toBeLessThan(0x8000);
    expect(listener.entry.packets).toBe(4);
    receiver.free();
    listener.leave();
  });

  it('keeps everybody hearing while others come and go, in batches', () => {
    const fanOut = new FanOut(SSRC);
    let interludes = 0;
    fanOut.afterBatch = () => {
      interludes += 1;
    };
    const listeners = Array.from({ length: 300 }, (_, at) => listen(fanOut, 1_000 + at, 96 + (at % 30)));
    fanOut.send(packet(0));
    expect(interludes).toBe(2);
    expect(batch.flushes).toEqual([128, 128, 44]);
    const stay = listeners.filter((listener, at) => {
      if (at % 3 !== 0 && at !== 299) return true;
      listener.leave();
      listener.entry.remove();
      return false;
    });
    fanOut.send(packet(1));
    expect(fanOut.size).toBe(stay.length);
    for (const listener of stay) {
      const heard = listener.hear();
      expect(heard.map(({ payload }) => payload)).toEqual(['payload 0', 'payload 1']);
      expect(heard[1]!.sequenceNumber).toBe(heard[0]!.sequenceNumber + 1);
      expect([listener.entry.packets, listener.entry.octets]).toEqual([2, 18]);
      listener.leave();
    }
    expect(fanOut.size).toBe(0);
    expect([stay[0]?.entry.packets, stay[0]?.entry.octets]).toEqual([2, 18]);
  });

  it('sends nobody the same number twice, and nothing that does not open, whatever comes and goes', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('send' as const), by: fc.integer({ min: -140, max: 5 }) }),
      fc.record({ kind: fc.constant('send' as const), by: fc.integer({ min: 1, max: 0x7000 }) }),
      fc.record({ kind: fc.constantFrom('join' as const, 'leave' as const), by: fc.nat() }),
    );
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 40 }), fc.array(step, { minLength: 20, maxLength: 80 }), (start, steps) => {
        const fanOut = new FanOut(SSRC);
        const listeners = [{ port: 1, ...listen(fanOut, 1) }];
        let newest = start;
        for (const { kind, by } of steps) {
          const at = by % listeners.length;
          if (kind === 'join') {
            const port = listeners.at(-1)!.port + 1;
            listeners.push({ port, ...listen(fanOut, port) });
          } else if (kind === 'leave') {
            if (listeners.length > 1) listeners.splice(at, 1)[0]!.leave();
          } else {
            const index = Math.max(0, newest + by);
            newest = Math.max(newest, index);
            fanOut.send(packet(index));
            for (const { port, hear } of listeners) {
              const sent = batch.sent.get(port)?.length ?? 0;
              const heard = hear().map(({ payload }) => payload);
              expect(heard).toEqual(Array.from({ length: sent }, () => `payload ${index}`));
            }
          }
        }
        for (const listener of listeners) listener.leave();
      }),
      { numRuns: 60 },
    );
  });
});

describe('fan-out', () => {
  const PROFILE = 'AEAD_AES_128_GCM';
  const newKeys = () => new SrtpSenderKeys(PROFILE, randomBytes(28), SSRC);

  it('serves listeners of both profiles and several sockets', () => {
    const other = new MemoryBatch();
    const fanOut = new FanOut(SSRC);
    const entries = [
      fanOut.add(newKeys(), batch.route(1), 111),
      fanOut.add(new SrtpSenderKeys('AES_CM_128_HMAC_SHA1_80', randomBytes(30), SSRC), other.route(2), 111),
      fanOut.add(newKeys(), batch.route(3), 111),
    ];
    fanOut.send(packet(0, Buffer.alloc(50)));
    expect([batch.take(1)[0]?.length, other.take(2)[0]?.length, batch.take(3)[0]?.length]).toEqual([78, 72, 78]);
    for (const entry of entries) entry.remove();
  });

  it('sends to the newest route', () => {
    const fanOut = new FanOut(SSRC);
    const entry = fanOut.add(newKeys(), batch.route(1), 111);
    fanOut.send(packet(0));
    entry.route = batch.route(2);
    fanOut.send(packet(1));
    expect([batch.take(1).length, batch.take(2).length, entry.route.port]).toEqual([1, 1, 2]);
    entry.remove();
  });

  it('sends no empty packet and none that fits no slot', () => {
    const fanOut = new FanOut(SSRC);
    const entry = fanOut.add(newKeys(), batch.route(1), 111);
    fanOut.send(packet(0, Buffer.alloc(0)));
    fanOut.send(packet(1, Buffer.alloc(8_161)));
    fanOut.send(packet(2, Buffer.alloc(8_160)));
    expect(batch.take(1).map(({ length }) => length)).toEqual([8_188]);
    expect(entry.octets).toBe(8_160);
    entry.remove();
  });

  it('tells once of the first packet to each, who may leave at that', () => {
    const fanOut = new FanOut(SSRC);
    const told: number[] = [];
    const one = fanOut.add(newKeys(), batch.route(1), 111, () => {
      told.push(1);
      one.remove();
    });
    const two = fanOut.add(newKeys(), batch.route(2), 111, () => told.push(2));
    fanOut.send(packet(0));
    two.rekey(newKeys());
    fanOut.send(packet(1));
    expect(told).toEqual([1, 2]);
    two.remove();
    two.rekey(newKeys());
  });

  it('frees keys that are of the wrong length for their profile, and does not take freed ones', () => {
    expect(() => new SrtpSenderKeys(PROFILE, randomBytes(30), SSRC)).toThrow(RangeError);
    const keys = newKeys();
    keys.free();
    keys.free();
    const fanOut = new FanOut(SSRC);
    expect(() => fanOut.add(keys, batch.route(1), 111)).toThrow(/freed/);
    expect(fanOut.size).toBe(0);
  });
});
