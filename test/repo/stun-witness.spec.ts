import { describe, expect, it } from 'vitest';
import { decodeStun, isSignedWith, mappedAddressOf, STUN_METHOD, stunMessage } from '../support/stun.js';

/** RFC 5769, 2.1 and 2.2. */
const PASSWORD = 'VOkJxbRl1RmTxUk/WvJxBt';
const TRANSACTION = 'b7e7a701bc34d686fa87dfae';
const USERNAME_PADDED_WITH_SPACES = '00060009 6576746a3a68367659 202020';
const REQUEST = `
  00010058 2112a442 ${TRANSACTION}
  80220010 5354554e207465737420636c69656e74
  00240004 6e0001ff
  80290008 932ff9b151263b36
  ${USERNAME_PADDED_WITH_SPACES}
  00080014 9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2
  80280004 e57a3bcf`;
const RESPONSE = `
  0101003c 2112a442 ${TRANSACTION}
  8022000b 7465737420766563746f7220
  00200008 0001a147e112a643
  00080014 2b91f599fd9e90c38c7489f92af9ba53f06be7d7
  80280004 c07d4c96`;

const bytes = (hex: string): Buffer => Buffer.from(hex.replace(/\s/g, ''), 'hex');

describe('the STUN of the tests', () => {
  it('is built as the test vectors of RFC 5769 are', () => {
    const built = stunMessage({
      type: STUN_METHOD.request,
      transactionId: bytes(TRANSACTION),
      attributes: [
        [0x8022, Buffer.from('STUN test client')],
        [0x0024, bytes('6e0001ff')],
        [0x8029, bytes('932ff9b151263b36')],
      ],
      raw: bytes(USERNAME_PADDED_WITH_SPACES),
      password: PASSWORD,
    });
    expect(built.toString('hex')).toBe(bytes(REQUEST).toString('hex'));
  });

  it('reads them', () => {
    const [request, response] = [REQUEST, RESPONSE].map((hex) => decodeStun(bytes(hex))!);
    expect([request, response].map((message) => isSignedWith(message!, PASSWORD))).toEqual([true, true]);
    expect(isSignedWith(response!, `${PASSWORD}!`)).toBe(false);
    expect(mappedAddressOf(response!)).toBe('192.0.2.1:32853');
  });
});
