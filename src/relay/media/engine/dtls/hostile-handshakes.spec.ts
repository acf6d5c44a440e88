import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DtlsSide, dtlsPair, settle } from '../../../../../test/support/dtls-pair.js';
import { openHandles } from '../native/handle.js';
import { helloIn, isPlausibleInClear, readRecords } from './records.js';

/** Datagrams of both sides of a real handshake, and their goodbyes. */
const corpus: Buffer[] = [];
let pair: ReturnType<typeof dtlsPair>;

beforeAll(async () => {
  pair = dtlsPair();
  pair.client.transport.start();
  await settle();
  pair.server.transport.sayGoodbye();
  pair.client.transport.sayGoodbye();
  await settle();
  corpus.push(...pair.client.sent, ...pair.server.sent);
});

afterAll(() => {
  pair.client.free();
  pair.server.free();
});

interface Damage {
  readonly which: number;
  readonly at: number;
  readonly value: number;
  readonly keep: number;
  readonly insert: Uint8Array;
}

/** No byte is changed. */
const WHOLE = -1;
const whole = fc.nat(20).map((which) => ({ which, at: 0, value: WHOLE, keep: Infinity, insert: new Uint8Array() }));
const damage: fc.Arbitrary<Damage> = fc.record({
  which: fc.nat(20),
  // Mostly in the headers, whose fields are what is believed.
  at: fc.oneof(fc.nat(30), fc.nat(1_400)),
  value: fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 2, 20, 21, 22, 23, 0xfe, 0xff)),
  keep: fc.oneof(fc.constant(Infinity), fc.nat(1_400)),
  insert: fc.uint8Array({ maxLength: 20 }),
});

function damaged({ which, at, value, keep, insert }: Damage, from: readonly Buffer[] = corpus): Buffer {
  const copy = Buffer.from(from[which % from.length]!);
  if (value !== WHOLE) copy[at % copy.length] = value;
  return Buffer.concat([copy.subarray(0, Math.min(keep, copy.length)), insert]);
}

describe('whatever a validated address sends', () => {
  it('is records from inside the datagram, or none', () => {
    const property = fc.property(
      fc.oneof(
        damage.map((one) => damaged(one)),
        fc.uint8Array().map((each) => Buffer.from(each)),
      ),
      (datagram) => {
        const records = readRecords(datagram);
        const bytes = records.reduce((sum, record) => sum + record.bytes.length, 0);
        expect(bytes).toBeLessThanOrEqual(datagram.length);
        expect(records.length).toBeLessThanOrEqual(32);
        records.forEach(isPlausibleInClear);
        helloIn(datagram);
      },
    );
    fc.assert(property, { numRuns: 5_000 });
  });

  it('is 32 records, however many are in it', () => {
    const [hello] = corpus;
    const records = readRecords(Buffer.concat(Array<Buffer>(40).fill(hello!)));
    expect(records).toHaveLength(32);
  });

  it.each(['server', 'client'] as const)('throws nothing and leaks nothing in the role of a %s', async (role) => {
    const before = openHandles();
    const property = fc.asyncProperty(fc.array(fc.oneof(whole, damage), { maxLength: 12 }), async (damages) => {
      const { server, client, clock } = pair;
      const [own, other] = role === 'server' ? [server, client] : [client, server];
      const side = new DtlsSide(role, own.certificate, other.certificate, clock);
      side.transport.start();
      for (const one of damages) side.transport.receive(damaged(one));
      await settle(4);
      clock.nowMs += 300;
      side.transport.tick(clock.nowMs);
      side.transport.sayGoodbye();
      // Nobody here has the keys of the captured handshake.
      expect([...side.errors, ...side.keys]).toEqual([]);
      side.transport.close();
      expect(openHandles()).toBe(before);
    });
    await fc.assert(property, { numRuns: 300 });
  });

  it('between the datagrams of a handshake never gives the two sides different keys', async () => {
    const before = openHandles();
    const property = fc.asyncProperty(fc.array(damage, { maxLength: 8 }), async (damages) => {
      const { server, client } = dtlsPair();
      const rest = [...damages];
      for (const side of [server, client]) {
        side.wire = (datagram) =>
          rest
            .splice(-2)
            .map((one) => damaged(one, [datagram]))
            .concat(datagram);
      }
      client.transport.start();
      await settle(12);
      expect([...server.errors, ...client.errors]).toEqual([]);
      if (server.keys.length > 0 && client.keys.length > 0)
        expect(server.keys[0]?.local).toEqual(client.keys[0]?.remote);
      server.free();
      client.free();
      expect(openHandles()).toBe(before);
    });
    await fc.assert(property, { numRuns: 150 });
  });

  it.each(['while OpenSSL carries it', 'after OpenSSL was freed'])('ends no connection, %s', async (state) => {
    const before = openHandles();
    const { server, client, clock } = dtlsPair();
    client.transport.start();
    await settle();
    if (state.startsWith('after')) {
      clock.nowMs += 30_000;
      server.transport.tick(clock.nowMs);
      client.transport.tick(clock.nowMs);
      await settle(4);
    }
    const own = [...client.sent, ...server.sent];
    const property = fc.asyncProperty(fc.array(fc.oneof(whole, damage), { maxLength: 12 }), async (damages) => {
      for (const one of damages) for (const side of [server, client]) side.transport.receive(damaged(one, own));
      clock.nowMs += 300;
      await settle(4);
      expect([server.transport.isConnected, client.transport.isConnected]).toEqual([true, true]);
      expect([...server.errors, ...client.errors]).toEqual([]);
    });
    await fc.assert(property, { numRuns: 150 });
    server.free();
    client.free();
    expect(openHandles()).toBe(before);
  });
});
