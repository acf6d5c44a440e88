import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MemoryBatch } from '../../../../../test/support/memory-batch.js';
import { openHandles } from '../native/handle.js';
import { FanOut } from './fan-out.js';
import type { SrtpProfile } from './profile.js';
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

  it('seals as a known implementation does', () => {
    const known =
      profile === 'AEAD_AES_128_GCM'
        ? {
            master: '000102030405060708090a0b0c0d0e0fa0a1a2a3a4a5a6a7a8a9aaab',
            sealed: '800f1234decafbadcafebabec5002ede04cfdd2eb91159e0880aa06ed2976826f796b201df3131a127e8a392',
          }
        : {
            master: 'e1f97a0d3e018be0d64fa32c06de41390ec675ad498afeebb6960b3aabe6',
            sealed: '800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb',
          };
    const fanOut = new FanOut(SSRC, { firstNumber: () => 0x1234 });
    const keys = new SrtpSenderKeys(profile, Buffer.from(known.master, 'hex'), SSRC);
    const entry = fanOut.add(keys, batch.route(5), 15, () => undefined);
    fanOut.send({ index: 0, timestamp: 0xdecafbad, marker: false, payload: Buffer.alloc(16, 0xab) });
    expect(batch.take(5).map((datagram) => datagram.toString('hex'))).toEqual([known.sealed]);
    entry.remove();
  });

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
});
