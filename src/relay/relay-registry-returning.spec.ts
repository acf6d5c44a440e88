import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeWorker } from '../../test/support/fake-worker.js';
import { ofAnotherClient, recordedOffer } from '../../test/support/offers.js';
import { peerOffer } from '../../test/support/snapshots.js';
import { loadConfig } from '../config/load-config.js';
import type { WorkerRequests } from './media-protocol.js';
import { MediaWorker } from './media-worker.js';
import type { PeerOffer } from './relay.types.js';
import { RelayRegistry } from './relay-registry.js';

const config = loadConfig({ NODE_ENV: 'test', MEDIA_WORKERS: '1', MAX_LISTENERS: '1' });
const LISTENER = peerOffer({ sdp: recordedOffer('chromium-156-listener') });
const BROADCASTER = peerOffer({ sdp: recordedOffer('chromium-156-broadcaster') });

type Name = keyof WorkerRequests;
type Sent = { [Each in Name]: { readonly name: Each; readonly body: WorkerRequests[Each]['request'] } }[Name];

let worker: FakeWorker;
let relay: RelayRegistry;
let sent: Sent[];
let joins: number;
let refuses: (name: Name) => boolean;

beforeEach(async () => {
  Logger.overrideLogger(false);
  worker = new FakeWorker(2 ** 30);
  sent = [];
  joins = 0;
  refuses = () => false;
  const { request } = worker;
  worker.request = (name, body) => {
    sent.push({ name, body } as Sent);
    return refuses(name) ? Promise.reject(new Error('the association is gone')) : request(name, body);
  };
  vi.spyOn(MediaWorker, 'start').mockImplementation(() => Promise.resolve(worker as unknown as MediaWorker));
  relay = new RelayRegistry(config.media, config.opus, config.limits);
  relay.events.on('join', () => (joins += 1));
  await relay.onModuleInit();
  await relay.startBroadcast(BROADCASTER);
});

afterEach(async () => {
  await relay.close();
  vi.restoreAllMocks();
});

/** What the client of an offer would offer next, with other ICE credentials. */
function newer(offer: PeerOffer): PeerOffer {
  const sdp = offer.sdp.replace(/^(o=\S+ \d+) 2/m, '$1 3').replace(/a=ice-ufrag:\S+/g, 'a=ice-ufrag:newer');
  expect(sdp).not.toBe(offer.sdp);
  return { ...offer, sdp };
}

const peersIn = (name: 'openPeer' | 'reofferPeer' | 'closePeer'): string[] =>
  sent.flatMap((each) => (each.name === name ? [each.body.peerId] : []));
const connect = (peerId: string) => worker.emit('event', { type: 'peerConnected', peerId });
const flow = (peerId: string) => worker.emit('event', { type: 'peerFlowing', peerId });

describe('a listener that comes again', () => {
  it('with the same offer has one peer and one answer, also when both calls come at once', async () => {
    const answers = await Promise.all([relay.joinBroadcast(LISTENER), relay.joinBroadcast(LISTENER)]);
    expect([...answers, await relay.joinBroadcast(LISTENER)]).toEqual(Array(3).fill('v=0 answer'));
    expect(peersIn('openPeer')).toHaveLength(2);
    expect(peersIn('reofferPeer')).toEqual([]);
    expect(joins).toBe(1);
  });

  it('with a newer offer goes on with its peer, on a full server too, and is no further join', async () => {
    await relay.joinBroadcast(LISTENER);
    expect(await relay.joinBroadcast(newer(LISTENER))).toBe('v=0 newer answer');
    expect(peersIn('reofferPeer')).toEqual([peersIn('openPeer')[1]]);
    expect(sent.at(-1)).toMatchObject({ body: { offer: { iceUfrag: 'newer' } } });
    expect(relay.snapshot().totalListeners).toBe(1);
    expect(joins).toBe(1);
  });

  it('and whose peer cannot go on gets another, which closes the old one when it is connected', async () => {
    await relay.joinBroadcast(LISTENER);
    refuses = (name) => name === 'reofferPeer';
    expect(await relay.joinBroadcast(newer(LISTENER))).toBe('v=0 answer');
    const [, old, successor] = peersIn('openPeer');
    expect(relay.snapshot().totalListeners).toBe(2);
    expect(peersIn('closePeer')).toEqual([]);
    connect(successor!);
    expect(peersIn('closePeer')).toEqual([old]);
    expect(relay.snapshot()).toMatchObject({ totalListeners: 1, broadcasts: [{ connectedListeners: 1 }] });
  });

  it('keeps the peer that it has while another does not connect', async () => {
    await relay.joinBroadcast(LISTENER);
    connect(peersIn('openPeer')[1]!);
    refuses = (name) => name === 'reofferPeer';
    await relay.joinBroadcast(newer(LISTENER));
    worker.emit('event', { type: 'peerClosed', peerId: peersIn('openPeer')[2]!, reason: 'connect_timeout' });
    expect(peersIn('closePeer')).toEqual([]);
    refuses = () => false;
    await relay.joinBroadcast({ ...newer(LISTENER), sdp: newer(LISTENER).sdp.replaceAll('newer', 'newest') });
    expect(peersIn('reofferPeer').at(-1)).toBe(peersIn('openPeer')[1]);
  });

  it('begins anew when its peer is gone', async () => {
    await relay.joinBroadcast(LISTENER);
    worker.emit('event', { type: 'peerClosed', peerId: peersIn('openPeer')[1]!, reason: 'silent' });
    await relay.joinBroadcast(LISTENER);
    expect(peersIn('openPeer')).toHaveLength(3);
    expect(peersIn('reofferPeer')).toEqual([]);
    expect(joins).toBe(2);
  });

  it('hears that there is no such broadcast when it is over', async () => {
    await relay.joinBroadcast(LISTENER);
    const [broadcaster] = peersIn('openPeer');
    vi.useFakeTimers();
    try {
      worker.emit('event', { type: 'peerClosed', peerId: broadcaster!, reason: 'left' });
      vi.advanceTimersByTime(config.media.broadcastGraceMs);
    } finally {
      vi.useRealTimers();
    }
    expect(await relay.joinBroadcast(LISTENER)).toBeUndefined();
    expect(await relay.joinBroadcast(newer(LISTENER))).toBeUndefined();
  });

  it('is told from another client, for whom a full server has no room', async () => {
    await relay.joinBroadcast(LISTENER);
    const another = { ...LISTENER, sdp: ofAnotherClient(LISTENER.sdp) };
    await expect(relay.joinBroadcast(another)).rejects.toMatchObject({ code: 'capacity_reached' });
  });
});

describe('a broadcaster that comes again', () => {
  it('goes on with its peer: nobody takes over from anybody', async () => {
    const changes: string[] = [];
    relay.events.on('broadcastChanged', ({ kind }) => changes.push(kind));
    const [peerId] = peersIn('openPeer');
    flow(peerId!);
    expect(await relay.startBroadcast(newer(BROADCASTER))).toBe('v=0 newer answer');
    expect(peersIn('reofferPeer')).toEqual([peerId]);
    expect(peersIn('openPeer')).toHaveLength(1);
    expect(peersIn('closePeer')).toEqual([]);
    expect(changes).toEqual(['started']);
  });

  it('and whose peer cannot go on gets another, and keeps the old one until that is connected', async () => {
    refuses = (name) => name === 'reofferPeer';
    await relay.startBroadcast(newer(BROADCASTER));
    const [old, successor] = peersIn('openPeer');
    expect(peersIn('closePeer')).toEqual([]);
    connect(successor!);
    expect(peersIn('closePeer')).toEqual([old]);
    expect(relay.snapshot().broadcasts).toMatchObject([{ broadcasterState: 'connected' }]);
  });

  it('is heard from the old peer until it is heard from the new one', async () => {
    const [old] = peersIn('openPeer');
    flow(old!);
    refuses = (name) => name === 'reofferPeer';
    await relay.startBroadcast(newer(BROADCASTER));
    const [, successor] = peersIn('openPeer');
    connect(successor!);
    expect(peersIn('closePeer')).toEqual([]);
    flow(successor!);
    expect(peersIn('closePeer')).toEqual([old]);
    expect(relay.snapshot().broadcasts).toMatchObject([{ state: 'live' }]);
  });

  it('is told from another device, which takes over by its first packet', async () => {
    const [old] = peersIn('openPeer');
    connect(old!);
    flow(old!);
    await relay.startBroadcast({ ...BROADCASTER, sdp: ofAnotherClient(BROADCASTER.sdp) });
    const [, other] = peersIn('openPeer');
    connect(other!);
    expect(peersIn('closePeer')).toEqual([]);
    flow(other!);
    expect(peersIn('closePeer')).toEqual([old]);
  });
});
