import process from 'node:process';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { bytesOfProcess } from '../../../../test/support/bytes-of-process.js';
import {
  attack,
  datagramsOf,
  needsKeys,
  type Attack,
  type Attacker,
} from '../../../../test/support/datagram-attacks.js';
import { settle } from '../../../../test/support/dtls-pair.js';
import { EngineClient } from '../../../../test/support/engine-client.js';
import { MemoryPort } from '../../../../test/support/memory-port.js';
import { RelayInProcess } from '../../../../test/support/relay-in-process.js';
import { agreeOnly, COUNTER_MODE_ALONE, USUAL_PROFILES } from '../../../../test/support/srtp-profiles.js';
import { openHandles } from './native/handle.js';

/** In all. A million take minutes: `HOSTILE_DATAGRAMS=1000000`. */
const DATAGRAMS = Number(process.env['HOSTILE_DATAGRAMS'] ?? 30_000);
const ATTACKS_OF_CROWD = 500;
/** Caches and pools are filled by then. */
const WARM_UP_CROWDS = 10;
/** A packet of the broadcast comes after so many attacks. */
const ATTACKS_PER_PACKET = 50;
/** By the relay's clock: what is bounded by time has its turn several times. */
const MS_PER_ATTACK = 5;
/** After it an association is carried without OpenSSL. */
const UNTIL_REST_MS = 31_000;
const MIB = 1024 * 1024;

const defects: unknown[] = [];
let handlesBefore: number;
let port: MemoryPort;
let relay: RelayInProcess;
let broadcaster: EngineClient;
let listener: EngineClient;
let spoken = 0;
let datagrams = 0;
let crowds = 0;
const profiles = new Set<string | undefined>();

beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'setTimeout', 'clearInterval', 'clearTimeout', 'performance'] });
  handlesBefore = openHandles();
  relay = await RelayInProcess.open({
    onDefect: (error) => defects.push(error),
    openPort: (options) => Promise.resolve((port = new MemoryPort(options))),
  });
  broadcaster = await new EngineClient({ ...at('198.51.100.1'), role: 'broadcaster', broadcastId: 'good' }).join();
  listener = await new EngineClient({ ...at('198.51.100.2'), role: 'listener', broadcastId: 'good' }).join();
});

afterAll(async () => {
  for (const client of [broadcaster, listener]) client.close();
  const closed = relay.close();
  await vi.advanceTimersByTimeAsync(1_000);
  await closed;
  vi.useRealTimers();
  expect(openHandles()).toBe(handlesBefore);
});

function at(address: string) {
  return { relay, port, from: { address, port: 5_000 } };
}

/** In both roles of both protocols: whom the relay only answered, whom ICE knows and DTLS does not yet, and who joined. */
async function openCrowd(): Promise<EngineClient[]> {
  const unknown = new EngineClient({ ...at('203.0.113.1'), role: 'listener', broadcastId: 'good' });
  const checked = [
    new EngineClient({ ...at('203.0.113.2'), role: 'listener', broadcastId: 'good' }),
    new EngineClient({ ...at('2001:db8::3'), role: 'broadcaster', broadcastId: 'bad', dtlsRole: 'server' }),
  ];
  const joined = [
    new EngineClient({ ...at('203.0.113.4'), role: 'listener', broadcastId: 'good' }),
    new EngineClient({ ...at('203.0.113.5'), role: 'broadcaster', broadcastId: 'bad' }),
    new EngineClient({ ...at('2001:db8::6'), role: 'listener', broadcastId: 'bad', dtlsRole: 'server' }),
  ];
  for (const client of checked) client.check();
  for (const client of joined) await client.join();
  return [unknown, ...checked, ...joined];
}

async function send(crowd: readonly EngineClient[], attacks: readonly Attack[]): Promise<void> {
  const members = crowd.map((client) => ({
    from: client.from,
    attacker: attackerOf(client.login, client.isConnected ? client : undefined),
  }));
  // Whoever can forge addresses, and knows nothing else.
  const strangers = [
    broadcaster.from,
    listener.from,
    { address: '192.0.2.66', port: 66 },
    { address: '192.0.2.66', port: 0 },
  ];
  const attacker = attackerOf({ ...broadcaster.login, password: 'made up' });
  const all = [...members, ...strangers.map((from) => ({ from, attacker }))];
  const joined = members.filter(({ attacker }) => attacker.client !== undefined);
  for (const [number, each] of attacks.entries()) {
    const able = needsKeys(each) ? joined : all;
    const sender = able[each.who % able.length]!;
    for (const datagram of datagramsOf(each, sender.attacker)) {
      port.send(datagram, sender.from);
      datagrams += 1;
    }
    vi.advanceTimersByTime(MS_PER_ATTACK);
    if (number % ATTACKS_PER_PACKET !== 0) continue;
    broadcaster.speak(spoken);
    spoken += 1;
    // Who overhears can send it again.
    attacker.last = broadcaster.lastSent;
    await settle(1);
  }
}

function attackerOf(login: EngineClient['login'], client?: EngineClient): Attacker {
  return { login, client, last: Buffer.alloc(1) };
}

/** A crowd comes, does its worst, and is gone. */
async function survive(attacks: readonly Attack[]): Promise<void> {
  for (const client of [broadcaster, listener]) client.check();
  crowds += 1;
  agreeOnly(crowds % 2 === 0 ? COUNTER_MODE_ALONE : USUAL_PROFILES);
  const crowd = await openCrowd();
  for (const { srtpProfile } of crowd) profiles.add(srtpProfile);
  await send(crowd, attacks.slice(0, ATTACKS_OF_CROWD / 2));
  vi.advanceTimersByTime(UNTIL_REST_MS);
  await settle(3);
  await send(crowd, attacks.slice(ATTACKS_OF_CROWD / 2));
  await settle(3);
  for (const client of crowd) client.close();
  vi.advanceTimersByTime(1_000);
  expect(defects).toEqual([]);
  expect(listener.heard.splice(0)).toEqual(Array.from({ length: 10 }, (_, index) => spoken - 10 + index));
}

async function whatIsHeld() {
  // No handshake beside an association takes longer.
  vi.advanceTimersByTime(UNTIL_REST_MS);
  await settle(3);
  return { ...(await bytesOfProcess()), handles: openHandles() };
}

describe('hostile datagrams', () => {
  it(
    'from strangers and from peers cost nobody else a packet, no handle and no memory, and nothing is thrown',
    async () => {
      const length = ATTACKS_OF_CROWD;
      const property = fc.asyncProperty(fc.array(attack, { minLength: length, maxLength: length }), survive);
      // What a crowd leaves behind is not told apart from what the one before it left, so there is nothing to shrink.
      const sendCrowds = (numRuns: number) => fc.assert(property, { numRuns, endOnFailure: true });
      await sendCrowds(WARM_UP_CROWDS);
      const before = await whatIsHeld();
      await sendCrowds(Math.ceil(DATAGRAMS / ATTACKS_OF_CROWD));
      const after = await whatIsHeld();
      expect(after.handles).toBe(before.handles);
      expect(after.inUse - before.inUse).toBeLessThan(2 * MIB);
      expect(after.outside - before.outside).toBeLessThan(64 * MIB);
      expect([broadcaster, listener].map((client) => client.isClosedByRelay)).toEqual([false, false]);
      // They were what they are meant to be: most of them are looked at, and not for nothing.
      expect(datagrams).toBeGreaterThan(DATAGRAMS);
      expect(profiles).toEqual(new Set([undefined, 'AEAD_AES_128_GCM', 'AES_CM_128_HMAC_SHA1_80']));
      expect(relay.lastReport?.rtpDropped.malformed).toBeGreaterThan(0);
      expect(relay.lastReport?.rtpDropped.wrong_payload_type).toBeGreaterThan(0);
    },
    30_000 + DATAGRAMS,
  );
});
