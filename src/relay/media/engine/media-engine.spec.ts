import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { bytesOfProcess } from '../../../../test/support/bytes-of-process.js';
import { settle } from '../../../../test/support/dtls-pair.js';
import { EngineClient } from '../../../../test/support/engine-client.js';
import { MemoryPort } from '../../../../test/support/memory-port.js';
import { RelayInProcess } from '../../../../test/support/relay-in-process.js';
import { EnginePeer } from './engine-peer.js';
import { openHandles } from './native/handle.js';

const CROWD = 500;
const ROUNDS = 3;
const GOODBYES_MS = 60;
const MIB = 1024 * 1024;

const defects: unknown[] = [];
let handlesBefore: number;
let port: MemoryPort;
let relay: RelayInProcess;

beforeEach(async () => {
  handlesBefore = openHandles();
  relay = await RelayInProcess.open({
    onDefect: (error) => defects.push(error),
    openPort: (options) => Promise.resolve((port = new MemoryPort(options))),
  });
});

afterEach(async () => {
  await relay.close();
  expect(openHandles()).toBe(handlesBefore);
  expect(defects.splice(0)).toEqual([]);
});

const untilGoodbyesAreSaid = () => new Promise((resolve) => setTimeout(resolve, GOODBYES_MS));

function client(number: number, role: 'broadcaster' | 'listener' = 'listener'): EngineClient {
  const from = { address: `203.0.113.${number % 250}`, port: 1_024 + number };
  return new EngineClient({ relay, port, role, broadcastId: 'crowded', from });
}

describe('a crowd', () => {
  it('leaves no handle and no memory behind when it has come and gone three times', { timeout: 120_000 }, async () => {
    const held: { handles: number; outside: number; inUse: number }[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const crowd = Array.from({ length: CROWD }, (_, number) => client(number));
      for (const each of crowd) await each.join();
      expect(relay.connected.size).toBe(CROWD);
      for (const each of crowd) each.close();
      await untilGoodbyesAreSaid();
      held.push({ handles: openHandles() - handlesBefore, ...(await bytesOfProcess()) });
    }
    const [first, , last] = held;
    // Certificates are in stock, two handles each.
    expect(last!.handles).toBeLessThanOrEqual(128);
    expect(last!.inUse - first!.inUse).toBeLessThan(2 * MIB);
    expect(last!.outside - first!.outside).toBeLessThan(40 * MIB);
  });
});

describe('a report that cannot be sent', () => {
  it('is lost, and the worker lives', async () => {
    const broadcaster = await client(1, 'broadcaster').join();
    const send = vi.spyOn(EnginePeer.prototype, 'sendRtcp').mockImplementation(() => {
      throw new Error('no report');
    });
    broadcaster.speak(1);
    await vi.waitFor(() => expect(defects.splice(0)).toMatchObject([{ error: 'Error: no report' }]), 5_000);
    send.mockRestore();
    expect(broadcaster.isClosedByRelay).toBe(false);
    broadcaster.close();
  });
});

describe('a peer whose goodbye cannot be made', () => {
  it('is gone all the same, and the worker lives', async () => {
    const open = vi.spyOn(relay.engine, 'openPeer');
    const listener = await client(1).join();
    const peer = open.mock.results[0]!.value as EnginePeer;
    relay.engine.closePeer(peer, Buffer.from('no RTCP'));
    await untilGoodbyesAreSaid();
    expect(defects.splice(0)).toEqual(Array<RangeError>(2).fill(new RangeError('RTCP that cannot be sealed')));
    listener.close();
    await settle(1);
  });
});
