import { describe, expect, it } from 'vitest';
import { reduceOffer } from '../../src/relay/sdp/reduce-offer.js';
import { browserLikeOffer, withoutCandidates } from './offer.js';

const OFFER = [
  'v=0',
  'o=rtc 1 0 IN IP4 127.0.0.1',
  's=-',
  't=0 0',
  'a=group:BUNDLE 0',
  `a=fingerprint:sha-256 ${Array(32).fill('AB').join(':')}`,
  'm=audio 40000 UDP/TLS/RTP/SAVPF 111',
  'c=IN IP4 127.0.0.1',
  'a=mid:0',
  'a=recvonly',
  'a=rtcp-mux',
  'a=rtpmap:111 opus/48000/2',
  'a=fmtp:111 minptime=10;useinbandfec=1',
  'a=setup:actpass',
  'a=ice-ufrag:abcd',
  'a=ice-pwd:abcdefghijklmnopqrstuv',
  'a=candidate:1 1 UDP 2122317823 127.0.0.1 40000 typ host',
  'a=end-of-candidates',
  '',
].join('\r\n');

describe('browserLikeOffer', () => {
  it('is taken by the relay, with the candidate that it compares addresses by', () => {
    const reduced = reduceOffer(browserLikeOffer(OFFER));
    expect(reduced.audio.payloadType).toBe(111);
    expect(reduced.candidates).toEqual([{ address: '127.0.0.1', port: 40_000 }]);
  });

  it('lists every format that it describes', () => {
    const lines = browserLikeOffer(OFFER).split('\r\n');
    const formats = lines
      .find((line) => line.startsWith('m=audio'))
      ?.split(' ')
      .slice(3);
    const described = lines.flatMap((line) => /^a=rtpmap:(\d+) /.exec(line)?.[1] ?? []);
    expect(described.sort()).toEqual(formats?.sort());
  });
});

describe('withoutCandidates', () => {
  it('leaves a whole offer that names no address to check', () => {
    const stripped = withoutCandidates(OFFER);
    expect(stripped).not.toContain('candidate');
    expect(stripped.split('\r\n')).toHaveLength(OFFER.split('\r\n').length - 2);
  });
});
