import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inTwoPieces } from '../../../../../test/support/dtls-client-hello.js';
import {
  DtlsSide,
  dtlsPair,
  FakeClock,
  join,
  renumbered,
  settle,
  type Wire,
} from '../../../../../test/support/dtls-pair.js';
import { foreign, type Pointer } from '../native/foreign.js';
import { Handle, openHandles } from '../native/handle.js';
import { EVP_PKEY_free } from '../native/x509.js';
import { Certificate } from './certificate.js';
import { digestOf, fingerprintText } from './fingerprint.js';

let handles = 0;
let pair: ReturnType<typeof dtlsPair>;

beforeEach(() => {
  handles = openHandles();
  pair = dtlsPair();
});

afterEach(() => {
  pair.server.free();
  pair.client.free();
  expect(openHandles()).toBe(handles);
});

/** With the timers of both sides. */
async function shakeHands({ server, client, clock }: typeof pair): Promise<boolean> {
  client.transport.start();
  for (let tick = 0; tick < 30; tick += 1) {
    await settle(6);
    if (server.transport.isConnected && client.transport.isConnected) return true;
    await delay(20);
    server.transport.tick(clock.nowMs);
    client.transport.tick(clock.nowMs);
  }
  return false;
}

describe('a DTLS handshake', () => {
  it('gives both sides the same keys, each its own way round', async () => {
    const { server, client } = pair;
    expect(await shakeHands(pair)).toBe(true);
    const [ofServer] = server.keys;
    const [ofClient] = client.keys;
    expect(ofServer?.profile).toBe('AEAD_AES_128_GCM');
    expect(ofServer?.local).toHaveLength(28);
    expect(ofServer?.local).toEqual(ofClient?.remote);
    expect(ofServer?.remote).toEqual(ofClient?.local);
    expect(ofServer?.local).not.toEqual(ofServer?.remote);
    for (const datagram of [...server.sent, ...client.sent]) expect(datagram.length).toBeLessThanOrEqual(1200);
    expect([...server.errors, ...client.errors, ...server.closed, ...client.closed]).toEqual([]);
  });

  it('does not begin by itself in the role of the server', async () => {
    pair.server.transport.start();
    await settle();
    expect(pair.server.sent).toEqual([]);
  });

  // Flights: hello; ServerHello to ServerHelloDone; Certificate to Finished; ChangeCipherSpec and Finished.
  it.each(['server', 'client'].flatMap((side) => [0, 1, 2].map((lost) => [side, lost] as const)))(
    'gets over the loss of what the %s sends as number %i',
    async (side, lost) => {
      let number = 0;
      pair[side as 'server' | 'client'].wire = (datagram) => (number++ === lost ? [] : [datagram]);
      expect(await shakeHands(pair)).toBe(true);
      expect(pair.client.keys[0]?.local).toEqual(pair.server.keys[0]?.remote);
    },
  );

  it('sends a flight again after 100, 200 and 400 ms', async () => {
    const { server, client } = pair;
    server.wire = () => [];
    client.wire = () => [];
    client.transport.start();
    client.takeSent();
    const gapsMs: number[] = [];
    for (let sinceMs = performance.now(); gapsMs.length < 3;) {
      await delay(5);
      client.transport.tick(0);
      if (client.takeSent().length === 0) continue;
      gapsMs.push(performance.now() - sinceMs);
      sinceMs = performance.now();
    }
    for (const [index, ms] of [100, 200, 400].entries()) {
      expect(gapsMs[index]).toBeGreaterThan(ms - 30);
      expect(gapsMs[index]).toBeLessThan(ms + 300);
    }
  });

  it.each<[string, () => Wire]>([
    ['doubled', () => (datagram) => [datagram, datagram]],
    ['with garbage between', () => (datagram) => [...garbage(), datagram, ...garbage()]],
    ['cut short before it comes whole', () => (datagram) => [datagram.subarray(0, datagram.length - 7), datagram]],
    ['in datagrams of one record, backwards', () => (datagram) => oneByOne(datagram).reverse()],
    ['after alerts that anybody could write', () => (datagram) => [clearAlert(2, 40), clearAlert(1, 0), datagram]],
  ])('takes what comes %s', async (_, wire) => {
    pair.server.wire = wire();
    pair.client.wire = wire();
    expect(await shakeHands(pair)).toBe(true);
    expect([...pair.server.errors, ...pair.client.errors]).toEqual([]);
  });

  it.each(['in order', 'in the other order', 'the first lost once', 'the second lost once'])(
    'takes a hello of two datagrams, %s',
    async (order) => {
      let hellos = 0;
      pair.client.wire = (datagram) => {
        if (datagram[13] !== 1) return [renumbered(datagram, 10)];
        hellos += 1;
        const pieces = inTwoPieces(datagram, 60, 2 * hellos);
        if (order === 'in order') return pieces;
        if (order === 'in the other order') return pieces.reverse();
        return hellos > 1 ? pieces : [pieces[order === 'the first lost once' ? 1 : 0]];
      };
      expect(await shakeHands(pair)).toBe(true);
      expect(pair.client.keys[0]?.local).toEqual(pair.server.keys[0]?.remote);
      expect(hellos).toBe(order.endsWith('once') ? 2 : 1);
    },
  );

  it('fails with an alert on a message that is none', async () => {
    const { server, client } = pair;
    client.wire = (datagram) => {
      const bad = Buffer.from(datagram);
      // A session id that is longer than the message.
      bad[13 + 12 + 34] = 255;
      return [bad];
    };
    client.transport.start();
    await settle();
    expect(server.closed).toEqual(['failed']);
    expect(server.sent.at(-1)?.[0]).toBe(21);
    expect(server.keys).toEqual([]);
  });
});

describe('the certificate of the peer', () => {
  const stranger = { hash: 'sha-256', value: fingerprintText(Buffer.alloc(32, 7)) } as const;

  it.each(['server', 'client'] as const)('must be the offered one, or the %s gives no keys and ends', async (role) => {
    const { server, client, clock } = pair;
    const fingerprints = [
      stranger,
      { hash: 'sha-256', value: '' },
      { hash: 'sha-384', value: stranger.value },
    ] as const;
    const judge = new DtlsSide(role, Certificate.create(), fingerprints, clock);
    const other = role === 'server' ? client : server;
    // The other one would take anybody's word; it is not what is looked at here.
    const trusting = new DtlsSide(other.role, Certificate.create(), judge.certificate, clock);
    join(judge, trusting);
    judge.transport.start();
    trusting.transport.start();
    await settle();
    expect(judge.keys).toEqual([]);
    expect(judge.closed).toEqual(['failed']);
    expect(judge.transport.isConnected).toBe(false);
    expect(trusting.closed).toEqual(['left']);
    judge.free();
    trusting.free();
  });

  it.each(['sha-224', 'sha-256', 'sha-384', 'sha-512'] as const)('may be any of several, by %s', async (hash) => {
    const { client, clock } = pair;
    const value = fingerprintText(digestOf(client.certificate.certificatePointer, hash));
    const fingerprints = [stranger, { hash, value: value.toLowerCase() }];
    const server = new DtlsSide('server', pair.server.certificate, fingerprints, clock);
    join(server, client);
    expect(await shakeHands({ ...pair, server })).toBe(true);
    server.transport.close();
  });

  it('may be of RSA, as those of older software', async () => {
    const makeKey = foreign(
      'void *EVP_PKEY_Q_keygen(void *library, void *properties, const char *algorithm, ...)',
    ) as unknown as (a: null, b: null, c: 'RSA', type: 'size_t', bits: number) => Pointer;
    const key = new Handle(makeKey(null, null, 'RSA', 'size_t', 2048), EVP_PKEY_free);
    const identity = new Certificate(key);
    for (const role of ['client', 'server'] as const) {
      const clock = new FakeClock();
      const own = role === 'client' ? pair.server : pair.client;
      const old = new DtlsSide(role, identity, own.certificate, clock);
      const modern = new DtlsSide(own.role, own.certificate, identity, clock);
      join(old, modern);
      old.transport.start();
      modern.transport.start();
      await settle();
      expect([modern.transport.isConnected, old.transport.isConnected]).toEqual([true, true]);
      old.transport.close();
      modern.transport.close();
    }
    identity.free();
  });
});

function garbage(): Buffer[] {
  const record = (type: number, epoch: number, body: Buffer): Buffer => {
    const header = Buffer.from([type, 0xfe, 0xfd, 0, epoch, 0, 0, 0, 0, 0x7f, 0, 0, 0]);
    header.writeUInt16BE(body.length, 11);
    return Buffer.concat([header, body]);
  };
  return [
    Buffer.alloc(0),
    Buffer.from([22]),
    Buffer.alloc(1_400, 22),
    record(23, 0, Buffer.from('not yet')),
    record(23, 1, Buffer.alloc(40)),
    record(22, 7, Buffer.alloc(40)),
    record(22, 0, Buffer.alloc(0)),
    Buffer.concat([record(99, 0, Buffer.alloc(9)), record(22, 0, Buffer.alloc(9))]),
  ];
}

function clearAlert(level: number, description: number): Buffer {
  return Buffer.from([21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0x30, 0, 2, level, description]);
}

function oneByOne(datagram: Buffer): Buffer[] {
  const records: Buffer[] = [];
  for (let at = 0; at < datagram.length; at += records.at(-1)!.length) {
    records.push(datagram.subarray(at, at + 13 + datagram.readUInt16BE(at + 11)));
  }
  return records;
}
