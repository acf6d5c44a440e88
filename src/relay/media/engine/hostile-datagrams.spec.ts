import process from 'node:process';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collectGarbage } from '../../../../test/support/collect-garbage.js';
import { attack, datagramsOf, type Attack, type Attacker } from '../../../../test/support/datagram-attacks.js';
import { settle } from '../../../../test/support/dtls-pair.js';
import { EngineClient } from '../../../../test/support/engine-client.js';
import { MemoryPort } from '../../../../test/support/memory-port.js';
import { RelayInProcess } from '../../../../test/support/relay-in-process.js';
import { openHandles } from './native/handle.js';

/** In all; a million are for an hour when there is time: `HOSTILE_DATAGRAMS=1000000`. */
const DATAGRAMS = Number(process.env['HOSTILE_DATAGRAMS'] ?? 30_000);
const ATTACKS_A_CROWD = 500;
/** A packet of the broadcast comes after so many attacks. */
const ATTACKS_A_PACKET = 50;
const WARM_UP_CROWDS = 10;
const STOCK_HANDLES = 2 * 64;
const MIB = 1024 * 1024;

const defects: unknown[] = [];
let handlesBefore: number;
let port: MemoryPort;
let relay: RelayInProcess;
let broadcaster: EngineClient;
let listener: EngineClient;
let spoken = 0;
let datagrams = 0;

beforeAll(async () => {
  handlesBefore = openHandles();
  relay = await RelayInProcess.open({
    onDefect: (error) => defects.push(error),
    openPort: (options) => Promise.resolve((port = new MemoryPort(options))),
  });
  const open = (role: 'broadcaster' | 'listener', host: number) =>
    new EngineClient({ relay, port, role, broadcastId: 'good', from: { address: `198.51.100.${host}`, port: 5_000 } });
  broadcaster = await open('broadcaster', 1).join();
  listener = await open('listener', 2).join();
});

afterAll(async () => {
  for (const client of [broadcaster, listener]) client.close();
  await relay.close();
  expect(openHandles()).toBe(handlesBefore);
});

/** In all roles and states: strangers, whom ICE knows and DTLS does not, and who have joined. */
async function openCrowd(): Promise<EngineClient[]> {
  let host = 10;
  const open = (role: 'broadcaster' | 'listener', dtlsRole: 'client' | 'server', broadcastId: string): EngineClient => {
    host += 1;
    const from = { address: host % 2 === 0 ? `203.0.113.${host}` : `2001:db8::${host}`, port: host };
    return new EngineClient({ relay, port, role, broadcastId, from, dtlsRole });
  };
  const unknown = open('listener', 'client', 'good');
  const checked = [open('listener', 'client', 'good'), open('broadcaster', 'server', 'bad')];
  for (const client of checked) client.check();
  const joined = [open('listener', 'client', 'good'), open('broadcaster', 'client', 'bad'), open('listener', 'server', 'bad')];
  await Promise.all(joined.map((client) => client.join()));
  return [unknown, ...checked, ...joined];
}

/** One crowd and what it sends; all that it needs of the relay is given back in the end. */
async function attackBy(crowd: readonly EngineClient[], attacks: readonly Attack[]): Promise<void> {
  const attackers = crowd.map(
    (client): Attacker => ({ login: client.login, client: client.isConnected ? client : undefined, last: Buffer.alloc(1) }),
  );
  const nobody: Attacker = { login: { userName: 'a:b', password: 'c' }, client: undefined, last: Buffer.alloc(1) };
  /** Who can send from the addresses of others, and nothing more. */
  const forged = [broadcaster.from, listener.from, { address: '192.0.2.66', port: 0 }, { address: '192.0.2.66', port: 66 }];
  for (const [number, each] of attacks.entries()) {
    const at = each.who % (crowd.length + forged.length);
    const attacker = attackers[at] ?? nobody;
    const from = crowd[at]?.from ?? forged[at - crowd.length]!;
    for (const datagram of datagramsOf(each, attacker)) {
      port.send(datagram, from);
      datagrams += 1;
    }
    if (number % ATTACKS_A_PACKET !== 0) continue;
    broadcaster.speak(spoken);
    spoken += 1;
    await settle(1);
  }
}

async function bytesInUse(): Promise<number> {
  await settle(5);
  // Of Node.js, some of what is freed comes back a turn later.
  for (let round = 0; round < 3; round += 1) {
    collectGarbage();
    await settle(5);
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

describe('hostile datagrams', () => {
  it(
    'cost nobody else a packet, no handle and no memory, and no exception leaves a handler',
    async () => {
      const crowdSize = { minLength: ATTACKS_A_CROWD, maxLength: ATTACKS_A_CROWD };
      const crowds = fc.asyncProperty(fc.array(attack, crowdSize), async (attacks) => {
        const crowd = await openCrowd();
        await attackBy(crowd, attacks);
        await settle(5);
        for (const client of crowd) client.close();
        expect(defects).toEqual([]);
        expect(listener.heard).toEqual(Array.from({ length: spoken }, (_, number) => number));
      });
      const send = (numRuns: number) => fc.assert(crowds, { numRuns, endOnFailure: true });
      await send(WARM_UP_CROWDS);
      const before = { bytes: await bytesInUse(), rss: process.memoryUsage.rss() };
      await send(Math.ceil(DATAGRAMS / ATTACKS_A_CROWD));
      await new Promise((resolve) => setTimeout(resolve, 200));
      const after = { bytes: await bytesInUse(), rss: process.memoryUsage.rss() };
      console.log(datagrams, spoken, before, after, openHandles() - handlesBefore);
      expect(after.bytes - before.bytes).toBeLessThan(4 * MIB);
      expect(after.rss - before.rss).toBeLessThan(48 * MIB);
      expect(openHandles() - handlesBefore).toBeLessThan(STOCK_HANDLES + 100);
      for (const { peerId } of [broadcaster, listener]) expect(relay.has('peerClosed', peerId)).toBe(false);
    },
    30_000 + DATAGRAMS,
  );
});
