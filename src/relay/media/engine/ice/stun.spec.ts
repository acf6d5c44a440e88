import { afterAll, describe, expect, it } from 'vitest';
import {
  attribute,
  controlled,
  controlling,
  decoded,
  priority,
  sockaddrOf,
  stunMessage,
  useCandidate,
  username,
} from '../../../../../test/support/stun-checks.js';
import { HmacSha1 } from '../native/hmac-sha1.js';
import { StunRequest } from './stun-request.js';
import { StunResponse } from './stun-response.js';

/** RFC 5769, section 2: sample request, responses over IPv4 and IPv6, and their password. */
const PASSWORD = 'VOkJxbRl1RmTxUk/WvJxBt';
const SAMPLE_REQUEST = hex(
  `000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74002400046e0001ff
   80290008932ff9b151263b36000600096576746a3a68367659202020000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2
   80280004e57a3bcf`,
);
const MAPPED_IPV4 = hex('0001a147e112a643');
const MAPPED_IPV6 = hex('0002a1470113a9faa5d3f179bc25f4b5bed2b9d9');

const NO_SIGNATURE = { ...attribute(0x0008), claimedBytes: 20 };

const password = new HmacSha1(Buffer.from(PASSWORD));
const stranger = new HmacSha1(Buffer.from('another'));
afterAll(() => {
  password.free();
  stranger.free();
});

function hex(text: string): Buffer {
  return Buffer.from(text.replace(/\s/g, ''), 'hex');
}

/** With some bytes more, which its length counts. */
function withRest(message: Buffer, restBytes: number): Buffer {
  const longer = Buffer.concat([message, Buffer.alloc(restBytes)]);
  longer.writeUInt16BE(longer.length - 20, 2);
  return longer;
}

function read(datagram: Buffer): StunRequest | undefined {
  const request = new StunRequest();
  return request.read(datagram) ? request : undefined;
}

const signed = (...attributes: Parameters<typeof stunMessage>[0]) => stunMessage(attributes, { pwd: PASSWORD });

describe('a binding request', () => {
  it('is read as the sample of RFC 5769 is meant', () => {
    const request = read(SAMPLE_REQUEST);
    expect(request?.addressee(4)).toBe('evtj');
    expect(request).toMatchObject({ nominates: false, claimsControlledRole: true, unknownTypes: [] });
    expect(request?.isSignedWith(password)).toBe(true);
    expect(request?.isSignedWith(stranger)).toBe(false);
  });

  it('is signed in every byte that counts', () => {
    const fingerprintFrom = SAMPLE_REQUEST.length - 8;
    for (let at = 0; at < SAMPLE_REQUEST.length; at += 1) {
      // Of another type it would be no fingerprint, and that is allowed.
      if (at === fingerprintFrom || at === fingerprintFrom + 1) continue;
      const changed = Buffer.from(SAMPLE_REQUEST);
      changed[at]! ^= 1;
      expect(read(changed)?.isSignedWith(password) ?? false, `byte ${at}`).toBe(false);
    }
  });

  it.each([
    [3, undefined],
    [5, undefined],
    [513, undefined],
    [4, 'evtj'],
  ])('names an addressee of %d bytes only if a colon follows', (length, addressee) => {
    expect(read(SAMPLE_REQUEST)?.addressee(length)).toBe(addressee);
  });

  it('names nobody by what follows the user name', () => {
    const request = read(signed(attribute(0x0006, 'evtj'), attribute(0x3a00)));
    expect(request?.addressee(4)).toBeUndefined();
  });

  it.each([
    ['nominates', [useCandidate], { nominates: true }],
    ['claims no role', [], { claimsControlledRole: false }],
    ['claims to control', [controlling], { claimsControlledRole: false }],
    ['claims both roles', [controlling, controlled], { claimsControlledRole: false }],
  ])('%s', (_, more, meaning) => {
    expect(read(signed(username('evtj'), ...more))).toMatchObject(meaning);
  });

  it('means the first of two attributes of one type', () => {
    expect(read(signed(username('evtj'), username('evil')))?.addressee(4)).toBe('evtj');
  });

  it('means nothing by what follows the signature', () => {
    const unsigned = [useCandidate, username('evil'), controlled, attribute(0x7777)];
    const request = read(stunMessage([username('evtj')], { pwd: PASSWORD, unsigned }));
    expect(request?.isSignedWith(password)).toBe(true);
    expect(request?.addressee(4)).toBe('evtj');
    expect(request).toMatchObject({ nominates: false, claimsControlledRole: false, unknownTypes: [] });
  });

  it('forgets the one before it', () => {
    const request = new StunRequest();
    request.read(signed(username('evtj'), useCandidate, controlled, attribute(0x7777)));
    request.read(stunMessage([username('evtj')], { pwd: PASSWORD, fingerprint: 'none' }));
    expect(request).toMatchObject({ nominates: false, claimsControlledRole: false, unknownTypes: [] });
    expect(request.isSignedWith(password)).toBe(true);
  });

  it('tells eight unknown types at most, each once, and none that may be ignored', () => {
    const types = [0x8888, 0x0003, 0x0003, 0x001c, ...Array.from({ length: 1_000 }, (_, index) => 0x4000 + index)];
    const request = read(signed(username('evtj'), ...types.map((type) => attribute(type))));
    expect(request?.unknownTypes).toEqual([0x0003, 0x4000, 0x4001, 0x4002, 0x4003, 0x4004, 0x4005, 0x4006]);
    expect(request?.isSignedWith(password)).toBe(true);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['a header alone', stunMessage([], { fingerprint: 'none' })],
    ['half a message', SAMPLE_REQUEST.subarray(0, 60)],
    ['more than a message', Buffer.concat([SAMPLE_REQUEST, Buffer.alloc(4)])],
    ['another cookie', Buffer.from(SAMPLE_REQUEST).fill(0, 4, 5)],
    ['a binding indication', stunMessage([username('evtj')], { pwd: PASSWORD, type: 0x0011 })],
    ['a binding success', stunMessage([username('evtj')], { pwd: PASSWORD, type: 0x0101 })],
    ['without a user name', signed(priority)],
    ['without a signature', stunMessage([username('evtj')])],
    ['with half a signature', stunMessage([username('evtj'), attribute(0x0008, Buffer.alloc(10))])],
    ['with an attribute past its end', signed(username('evtj'), { ...attribute(0x8022), claimedBytes: 400 })],
    // Of which nothing is there to compare.
    ['with a signature past its end', stunMessage([username('evtj'), NO_SIGNATURE], { fingerprint: 'none' })],
    ['with a length that is no multiple of four', withRest(signed(username('evtj')), 3)],
    ['with half an attribute at its end', withRest(signed(username('evtj')), 2)],
    ['with a priority of 3 bytes', signed(username('evtj'), { ...priority, claimedBytes: 3 })],
    ['with a nomination of 4 bytes', signed(username('evtj'), attribute(0x0025, 'true'))],
    ['with a role of 4 bytes', signed(username('evtj'), attribute(0x802a, 'role'))],
    ['with an empty fingerprint', stunMessage([username('evtj')], { pwd: PASSWORD, fingerprint: Buffer.alloc(0) })],
    ['with a long fingerprint', stunMessage([username('evtj')], { pwd: PASSWORD, fingerprint: Buffer.alloc(8) })],
    [
      'with a fingerprint before the end',
      stunMessage([username('evtj')], { pwd: PASSWORD, unsigned: [attribute(0x8028, '1234')] }),
    ],
  ])('is not %s', (_, datagram) => {
    expect(read(datagram)).toBeUndefined();
  });

  it('does not hold under another fingerprint', () => {
    const datagram = stunMessage([username('evtj')], { pwd: PASSWORD, fingerprint: Buffer.alloc(4, 1) });
    expect(read(datagram)?.isSignedWith(password)).toBe(false);
  });
});

describe('a response', () => {
  const response = new StunResponse();

  it.each([
    ['IPv4', '192.0.2.1', MAPPED_IPV4],
    ['IPv6', '2001:db8:1234:5678:11:2233:4455:6677', MAPPED_IPV6],
  ])('maps an address of %s as the samples of RFC 5769 do', (_, address, mapped) => {
    const { type, attributes } = decoded(response.success(SAMPLE_REQUEST, sockaddrOf(address, 32_853), password));
    expect(type).toBe(0x0101);
    expect(attributes.get(0x0020)).toEqual(mapped);
  });

  it('belongs to its request and is signed, like its fingerprint, as another library would do it', () => {
    for (const answer of [
      () => response.success(SAMPLE_REQUEST, sockaddrOf('192.0.2.1', 32_853), password),
      () => response.error(SAMPLE_REQUEST, 487, [], password),
      () => response.error(SAMPLE_REQUEST, 420, [1, 2, 3], password),
    ].map((each) => Buffer.from(each()))) {
      expect(answer.subarray(4, 20)).toEqual(SAMPLE_REQUEST.subarray(4, 20));
      const { type, attributes } = decoded(answer);
      const body = [...attributes].filter(([each]) => each !== 0x0008 && each !== 0x8028);
      const expected = stunMessage(
        body.map(([each, value]) => attribute(each, value)),
        { type, pwd: PASSWORD, transaction: SAMPLE_REQUEST.subarray(8, 20) },
      );
      expect(answer).toEqual(expected);
    }
  });

  it('says what is wrong', () => {
    const conflict = decoded(response.error(SAMPLE_REQUEST, 487, [], password));
    expect(conflict.type).toBe(0x0111);
    expect(conflict.attributes.get(0x0009)).toEqual(hex('00000457'));
    const unknown = decoded(response.error(SAMPLE_REQUEST, 420, [0x7777, 0x1234, 0x0003], password));
    expect(unknown.attributes.get(0x0009)).toEqual(hex('00000414'));
    expect(unknown.attributes.get(0x000a)).toEqual(hex('777712340003'));
  });
});
