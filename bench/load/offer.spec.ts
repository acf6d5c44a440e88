import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OfferingPeer } from '../../src/peer-kit/offering-peer.js';
import { reduceOffer } from '../../src/relay/sdp/reduce-offer.js';
import { browserLikeOffer } from './offer.js';

describe('browserLikeOffer', () => {
  const peer = new OfferingPeer({ bindAddress: '127.0.0.1' });
  let offer: string;
  beforeAll(async () => {
    offer = browserLikeOffer(await peer.makeOffer());
  });
  afterAll(() => peer.close());

  it('is taken by the relay', () => {
    const reduced = reduceOffer(offer);
    expect(reduced.audio.payloadType).toBe(111);
  });

  it('lists every format that it describes', () => {
    const formats = /^m=audio \d+ \S+ (.*)\r$/m.exec(offer)![1]!.split(' ');
    const described = [...offer.matchAll(/^a=rtpmap:(\d+) /gm)].map(([, format]) => format);
    expect(described.sort()).toEqual(formats.sort());
  });
});
