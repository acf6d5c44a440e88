import { describe, expect, it } from 'vitest';
import { reduceOffer } from '../../../src/relay/sdp/reduce-offer.js';
import { browserLikeOffer } from '../offer.js';
import { readLightAnswer, writeLightOffer } from './light-sdp.js';

const fingerprint = `sha-256 ${Array.from({ length: 32 }, () => 'AB').join(':')}`;

describe('SDP of light peers', () => {
  it('is an offer that the relay takes', () => {
    const offer = writeLightOffer({ ufrag: 'abcdefgh', fingerprint, address: '127.0.0.1', port: 4_000 });
    expect(reduceOffer(browserLikeOffer(offer), 'listener').iceUfrag).toBe('abcdefgh');
  });

  it('finds in an answer where to go, and whom to expect there', () => {
    const answer = [
      'a=ice-ufrag:remote',
      'a=ice-pwd:secret',
      `a=fingerprint:${fingerprint}`,
      'a=candidate:1 1 UDP 2130706431 127.0.0.1 5000 typ host',
    ].join('\r\n');
    expect(readLightAnswer(answer)).toMatchObject({ ufrag: 'remote', pwd: 'secret', address: '127.0.0.1', port: 5000 });
    expect(() => readLightAnswer('v=0')).toThrow(/not an answer/);
  });
});
