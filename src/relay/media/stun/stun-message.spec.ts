import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StunMessage } from './stun-message.js';

const PASSWORD = 'VOkJxbRl1RmTxUk/WvJxBt';

/** RFC 5769, 2.1: USERNAME `evtj:h6vY`, ICE-CONTROLLED. */
const REQUEST = Buffer.from(
  `000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74002400046e0001ff
   80290008932ff9b151263b36000600096576746a3a68367659202020000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2
   80280004e57a3bcf`.replace(/\s/g, ''),
  'hex',
);

/** RFC 5769, 2.2: mapped to 192.0.2.1, port 32853. */
const SUCCESS = Buffer.from(
  `0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000080001a147e112a643
   000800142b91f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96`.replace(/\s/g, ''),
  'hex',
);
const TIE_BREAKER = REQUEST.indexOf('932ff9b151263b36', 0, 'hex');

/** The request as Chromium sends it through TURN over TCP, signed for nobody. */
function withoutTieBreaker(): Buffer {
  return Buffer.from(REQUEST).fill(0, TIE_BREAKER, TIE_BREAKER + 8);
}

describe('a STUN message', () => {
  it('tells requests from successes, and for whom a request is', () => {
    expect(StunMessage.parse(REQUEST)).toMatchObject({ kind: 'request', addressee: 'evtj' });
    expect(StunMessage.parse(SUCCESS)).toMatchObject({ kind: 'success', addressee: undefined });
  });

  it('knows who signed it', () => {
    expect(StunMessage.parse(REQUEST)?.isSignedWith(PASSWORD)).toBe(true);
    expect(StunMessage.parse(REQUEST)?.isSignedWith('another')).toBe(false);
    expect(StunMessage.parse(withoutTieBreaker())?.isSignedWith(PASSWORD)).toBe(false);
  });

  it('gets a tie-breaker in the place of none, with a signature that holds', () => {
    const mended = StunMessage.parse(withoutTieBreaker())?.withTieBreaker(PASSWORD);
    expect(mended?.subarray(TIE_BREAKER, TIE_BREAKER + 8).toString('hex')).toBe('0000000000000001');
    expect(StunMessage.parse(mended!)?.isSignedWith(PASSWORD)).toBe(true);
  });

  it('keeps the tie-breaker that it has', () => {
    expect(StunMessage.parse(REQUEST)?.withTieBreaker(PASSWORD)).toBeUndefined();
    expect(StunMessage.parse(SUCCESS)?.withTieBreaker(PASSWORD)).toBeUndefined();
  });

  it('gets another address as that of the receiver, byte for byte as the standard has it', () => {
    const other = StunMessage.parse(SUCCESS)?.withMappedAddress('203.0.113.7', 1, PASSWORD);
    expect(other).not.toEqual(SUCCESS);
    expect(StunMessage.parse(other!)?.withMappedAddress('192.0.2.1', 32_853, PASSWORD)).toEqual(SUCCESS);
    expect(StunMessage.parse(REQUEST)?.withMappedAddress('192.0.2.1', 32_853, PASSWORD)).toBeUndefined();
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['a header alone', REQUEST.subarray(0, 20)],
    ['half a message', REQUEST.subarray(0, 60)],
    ['more than a message', Buffer.concat([REQUEST, Buffer.alloc(4)])],
    ['an attribute that is longer than the message', Buffer.from(REQUEST).fill(0xff, 22, 24)],
    ['RTP', Buffer.concat([Buffer.from([0x80, 0x6f]), Buffer.alloc(60)])],
  ])('is not %s', (_, datagram) => {
    expect(StunMessage.parse(datagram)).toBeUndefined();
  });

  it('is whatever bytes come, without an exception', () => {
    const mutated = fc
      .array(fc.tuple(fc.nat(REQUEST.length - 1), fc.nat(255)), { maxLength: 8 })
      .map((changes) => changes.reduce((bytes, [at, value]) => bytes.fill(value, at, at + 1), Buffer.from(REQUEST)));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }).map(Buffer.from), mutated), (datagram) => {
        const message = StunMessage.parse(datagram);
        message?.isSignedWith(PASSWORD);
        message?.withTieBreaker(PASSWORD);
        message?.withMappedAddress('203.0.113.7', 1, PASSWORD);
      }),
    );
  });
});
