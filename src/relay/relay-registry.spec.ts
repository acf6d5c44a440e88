import { setImmediate as nextTurn } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeWorker } from '../../test/support/fake-worker.js';
import { ofAnotherClient, recordedOffer } from '../../test/support/offers.js';
import { peerOffer } from '../../test/support/snapshots.js';
import { loadConfig } from '../config/load-config.js';
import { MediaUnavailableError } from '../errors/app-error.js';
import type { OpenPeerRequest } from './media-protocol.js';
import { MediaWorker } from './media-worker.js';
import type { JoinResult, PeerOffer } from './relay.types.js';
import { RelayRegistry } from './relay-registry.js';

const config = loadConfig({
  NODE_ENV: 'test',
  MEDIA_WORKERS: '1',
  MAX_BROADCASTS: '2',
  MAX_CONNECTING_PER_ADDRESS: '1',
});

let worker: FakeWorker;
let relay: RelayRegistry;
let joins: JoinResult[];

beforeEach(async () => {
  Logger.overrideLogger(false);
  worker = new FakeWorker(100);
  vi.spyOn(MediaWorker, 'start').mockImplementation(() => Promise.resolve(worker as unknown as MediaWorker));
  relay = new RelayRegistry(config.media, config.opus, config.limits);
  joins = [];
  relay.events.on('join', (result) => joins.push(result));
  await relay.onModuleInit();
});

afterEach(async () => {
  await relay.close();
  vi.restoreAllMocks();
});

/** Each is of a client of its own. */
const offerOf = (role: 'broadcaster' | 'listener', connectionID = 'an-noor'): PeerOffer =>
  peerOffer({ connectionID, sdp: ofAnotherClient(recordedOffer(`chromium-156-${role}`)) });

/** Calls of the worker wait until the test ends them. */
function holdOpenings(): { readonly answer: () => void; readonly fail: (reason: Error) => void }[] {
  const held: { answer: () => void; fail: (reason: Error) => void }[] = [];
  worker.request = (name) =>
    name === 'openPeer'
      ? new Promise((resolve, fail) => {
          held.push({
            answer: () => {
              resolve({ answer: 'v=0 answer' } as never);
            },
            fail,
          });
        })
      : Promise.resolve(null as never);
  return held;
}

/** The ids of the peers that the worker opens, in their order. */
function rememberOpenings(): { readonly opened: readonly string[] } {
  const opened: string[] = [];
  const { request } = worker;
  worker.request = (name, body) => {
    if (name === 'openPeer') opened.push((body as OpenPeerRequest).peerId);
    return request(name, body);
  };
  return { opened };
}

describe('RelayRegistry', () => {
  it('keeps a broadcast whose first call fails while a second one waits', async () => {
    const openings = holdOpenings();
    const first = relay.startBroadcast(offerOf('broadcaster'));
    const second = relay.startBroadcast(offerOf('broadcaster'));
    await nextTurn();
    openings[0]!.fail(new Error('no local address'));
    await expect(first).rejects.toBeInstanceOf(MediaUnavailableError);
    expect(relay.hasBroadcast('an-noor')).toBe(true);
    openings[1]!.answer();
    await expect(second).resolves.toBe('v=0 answer');
    expect(relay.snapshot().broadcasts).toMatchObject([{ state: 'connecting', broadcasterState: 'connecting' }]);
  });

  it('ends a broadcast whose only call failed', async () => {
    worker.request = () => Promise.reject(new Error('no local address'));
    await expect(relay.startBroadcast(offerOf('broadcaster'))).rejects.toThrow();
    expect(relay.hasBroadcast('an-noor')).toBe(false);
  });

  it('lists the listeners of all broadcasts, or of one', async () => {
    await relay.startBroadcast(offerOf('broadcaster'));
    await relay.startBroadcast(offerOf('broadcaster', 'al-falah'));
    await relay.joinBroadcast(offerOf('listener'));
    expect([...relay.listeners().keys()]).toEqual(['an-noor', 'al-falah']);
    expect([...relay.listeners('an-noor')]).toMatchObject([['an-noor', [{ connectionID: 'an-noor' }]]]);
    expect([...relay.listeners('al-falah')]).toEqual([['al-falah', []]]);
    expect([...relay.listeners('another')]).toEqual([]);
  });

  it("begins no broadcast while no worker is ready, and takes up nobody's place", async () => {
    vi.mocked(MediaWorker.start).mockRejectedValue(new Error('not yet'));
    worker.emit('exit', 'SIGKILL');
    await expect(relay.startBroadcast(offerOf('broadcaster'))).rejects.toBeInstanceOf(MediaUnavailableError);
    expect(relay.snapshot().broadcasts).toEqual([]);
    await expect(relay.joinBroadcast(offerOf('listener'))).resolves.toBeUndefined();
  });

  it('refuses a listener that the worker cannot open for now, as it does everything that passes', async () => {
    await relay.startBroadcast(offerOf('broadcaster'));
    worker.request = () => Promise.reject(new Error('no local address'));
    await expect(relay.joinBroadcast(offerOf('listener'))).rejects.toMatchObject({
      code: 'media_unavailable',
      retryAfterSeconds: 2,
    });
    expect(joins).toEqual(['unavailable']);
    expect(relay.snapshot().totalListeners).toBe(0);
  });

  it('tells an address that has its share from a server that is full', async () => {
    await relay.startBroadcast(offerOf('broadcaster'));
    await relay.joinBroadcast(offerOf('listener'));
    await expect(relay.joinBroadcast(offerOf('listener'))).rejects.toMatchObject({ code: 'capacity_reached' });
    expect(joins).toEqual(['ok', 'address_limit']);
  });

  it('counts no listener as lost who tries TURN next, unless the connection was there', async () => {
    const { opened } = rememberOpenings();
    const ends: string[] = [];
    relay.events.on('peerClosed', (_role, reason) => ends.push(reason));
    await relay.startBroadcast(offerOf('broadcaster'));
    for (const triesTurnNext of [true, true, false]) {
      await relay.joinBroadcast({ ...offerOf('listener'), triesTurnNext });
      const peerId = opened.at(-1)!;
      const reason = ends.length === 1 ? 'failed' : 'connect_timeout';
      if (reason === 'failed') worker.emit('event', { type: 'peerConnected', peerId });
      worker.emit('event', { type: 'peerClosed', peerId, reason });
    }
    expect(ends).toEqual(['no_direct_path', 'failed', 'connect_timeout']);
    expect(relay.snapshot().broadcasts).toMatchObject([{ joinFailures: 1 }]);
  });

  it('times the first packet only for those who came while there was sound', async () => {
    const { opened } = rememberOpenings();
    const firstPackets: number[] = [];
    relay.events.on('firstPacket', (seconds) => firstPackets.push(seconds));
    await relay.startBroadcast(offerOf('broadcaster'));
    await relay.joinBroadcast(offerOf('listener'));
    const [broadcaster, early] = opened;
    worker.emit('event', { type: 'peerConnected', peerId: early! });
    worker.emit('event', { type: 'peerFlowing', peerId: broadcaster! });
    worker.emit('event', { type: 'peerFlowing', peerId: early! });
    expect(firstPackets).toEqual([]);
    await relay.joinBroadcast(offerOf('listener'));
    worker.emit('event', { type: 'peerFlowing', peerId: opened[2]! });
    expect(firstPackets).toHaveLength(1);
  });

  it('says which worker a line comes from, and which call it concerns', () => {
    const error = vi.spyOn(Logger.prototype, 'error');
    const fields = { peerId: 'a', requestId: 'request' };
    worker.emit('event', { type: 'log', level: 'error', message: 'packet handling failed', fields });
    expect(error).toHaveBeenCalledWith({ worker: 0, ...fields }, 'packet handling failed');
  });
});
