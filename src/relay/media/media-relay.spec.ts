import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ofAnotherClient, recordedOffer } from '../../../test/support/offers.js';
import { sdpLines } from '../../../test/support/signaling.js';
import type { WorkerEvent } from '../media-protocol.js';
import type { ReducedOffer } from '../sdp/reduced-offer.js';
import { reduceOffer } from '../sdp/reduce-offer.js';
import { DefectLog } from './defect-log.js';
import { MediaEngine } from './engine/media-engine.js';
import { MediaRelay } from './media-relay.js';

const SDP = recordedOffer('chromium-156-listener');
const OFFER = reduceOffer(SDP);
const NEWER: ReducedOffer = { ...OFFER, iceUfrag: 'newer' };

const now = (): number => performance.now();
const events: WorkerEvent[] = [];
let relay: MediaRelay;
let opened = 0;

beforeAll(async () => {
  const limits = { connectTimeoutMs: 30_000, silenceTimeoutMs: 30_000 };
  const place = { port: 0, bindAddress: '127.0.0.1' };
  const onDefect = (error: unknown): void => expect.unreachable(String(error));
  const engine = await MediaEngine.open({ ...place, ...limits, clock: { now }, onDefect });
  const bus = { publish: () => undefined, subscribe: () => () => undefined, dropped: 0, close: () => undefined };
  const emit = (event: WorkerEvent) => events.push(event);
  const settings = { opus: { ptimeMs: 60, maxBitrate: 24_000 }, publicIps: ['192.0.2.1'] };
  relay = new MediaRelay(settings, engine, bus, emit, now, new DefectLog(emit, now));
});

afterAll(() => relay.close());

/** @returns its id, and the answer */
function open(offer: ReducedOffer, role: 'broadcaster' | 'listener' = 'listener'): readonly [string, string] {
  opened += 1;
  const peerId = `peer ${opened}`;
  return [peerId, relay.openPeer({ peerId, requestId: 'request', broadcastId: 'an-noor', role, generation: 1, offer })];
}

const line = (sdp: string, prefix: string): string => sdpLines(sdp, prefix).join();
const version = (sdp: string): number => Number(line(sdp, 'o=').split(' ')[2]);
const PREFIXES = [
  'a=ice-ufrag:',
  'a=ice-pwd:',
  'a=fingerprint:',
  'a=setup:',
  'm=',
  'a=ssrc:',
  'a=msid:',
  'a=candidate:',
];
const changed = (before: string, after: string): string[] =>
  PREFIXES.filter((prefix) => line(before, prefix) !== line(after, prefix));

describe.each(['listener', 'broadcaster'] as const)('a %s', (role) => {
  it.each([
    ['actpass', 'passive'],
    ['active', 'passive'],
    ['passive', 'active'],
  ] as const)('that offers setup %s is answered with %s', (setup, answered) => {
    const [, answer] = open({ ...OFFER, setup }, role);
    expect(line(answer, 'a=setup:')).toBe(`a=setup:${answered}`);
  });

  it('that offers again goes on with all that it has', () => {
    const [peerId, first] = open(OFFER, role);
    const second = relay.reofferPeer({ peerId, offer: OFFER });
    expect(changed(first, second)).toEqual([]);
    expect(version(second)).toBe(version(first) + 1);
  });

  it('that restarts ICE gets other credentials, and nothing else', () => {
    const [peerId, first] = open(OFFER, role);
    const second = relay.reofferPeer({ peerId, offer: NEWER });
    expect(changed(first, second)).toEqual(['a=ice-ufrag:', 'a=ice-pwd:']);
    expect(changed(second, relay.reofferPeer({ peerId, offer: NEWER }))).toEqual([]);
  });

  it.each<[string, Partial<ReducedOffer>]>([
    ['payload type', { audio: { ...OFFER.audio, payloadType: 96 } }],
    ['DTLS role', { setup: 'passive' }],
  ])('that wants another %s needs another peer, and keeps the one that it has', (_what, change) => {
    const [peerId, first] = open(OFFER, role);
    expect(() => relay.reofferPeer({ peerId, offer: { ...NEWER, ...change } })).toThrow(/changed/);
    expect(changed(first, relay.reofferPeer({ peerId, offer: OFFER }))).toEqual([]);
  });
});

it('every peer has a fingerprint and credentials of its own; listeners of a broadcast share a track', () => {
  const [[, first], [, second]] = [open(OFFER), open(reduceOffer(ofAnotherClient(SDP)))];
  expect(changed(first, second)).toEqual(['a=ice-ufrag:', 'a=ice-pwd:', 'a=fingerprint:']);
});

it('a peer that was closed is gone, without a word about it', () => {
  const [peerId] = open(OFFER);
  relay.closePeer(peerId);
  relay.closePeer(peerId);
  expect(() => relay.reofferPeer({ peerId, offer: OFFER })).toThrow('the peer is gone');
  expect(events.filter(({ type }) => type !== 'report')).toEqual([]);
});
