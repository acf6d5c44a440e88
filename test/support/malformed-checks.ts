import { randomBytes } from 'node:crypto';
import { nomination, type IceLogin } from './ice-check.js';
import { ATTRIBUTE, STUN_METHOD, stunAttribute, stunMessage, type StunAttribute } from './stun.js';

/** Needs no understanding (RFC 8489, 14), and no agent has any of it. */
const UNKNOWN_OPTIONAL = 0xfe00;
/** Must be understood or refused. */
export const UNKNOWN_REQUIRED = 0x7e00;
const EMPTY = Buffer.alloc(0);

/** An attribute that says it is longer than the message. */
function lyingAttribute(type: number, length: number): Buffer {
  const head = stunAttribute([type, EMPTY]);
  head.writeUInt16BE(length, 2);
  return head;
}

/** The length in the header says something else than the datagram. */
function withHeaderLength(datagram: Buffer, length: number): Buffer {
  const copy = Buffer.from(datagram);
  copy.writeUInt16BE(length, 2);
  return copy;
}

/**
 * Checks that make no sense, each signed correctly with the credentials, as far as it can be: what only a peer can send.
 * None of them nominates.
 */
export function malformedChecks({ userName, password }: IceLogin): (readonly [name: string, datagram: Buffer])[] {
  const named: StunAttribute = [ATTRIBUTE.username, Buffer.from(userName)];
  const controlling: StunAttribute = [ATTRIBUTE.iceControlling, randomBytes(8)];
  const [priority] = nomination() as [StunAttribute];
  const check = (attributes: StunAttribute[], more: { raw?: Buffer; tail?: Buffer } = {}): Buffer =>
    stunMessage({ type: STUN_METHOD.request, attributes, password, ...more });
  const plain = check([named, priority, controlling]);
  const behind = (tail: Buffer): Buffer => check([named, priority, controlling], { tail });
  const before = (raw: Buffer): Buffer => check([named, priority, controlling], { raw });
  const many = (count: number, attribute: StunAttribute): Buffer =>
    check([named, ...Array<StunAttribute>(count).fill(attribute), controlling]);
  return [
    ['an empty FINGERPRINT', behind(stunAttribute([ATTRIBUTE.fingerprint, EMPTY]))],
    [
      'an empty FINGERPRINT, and the tie-breaker 0',
      check([named, priority, [ATTRIBUTE.iceControlling, Buffer.alloc(8)]], {
        tail: stunAttribute([ATTRIBUTE.fingerprint, EMPTY]),
      }),
    ],
    ['a FINGERPRINT of one byte', behind(stunAttribute([ATTRIBUTE.fingerprint, Buffer.alloc(1)]))],
    ['a wrong FINGERPRINT', behind(stunAttribute([ATTRIBUTE.fingerprint, randomBytes(4)]))],
    ['a FINGERPRINT longer than the rest', behind(lyingAttribute(ATTRIBUTE.fingerprint, 4))],
    ['an attribute past the end behind the signature', behind(lyingAttribute(UNKNOWN_OPTIONAL, 0xffff))],
    ['an attribute past the end before the signature', before(lyingAttribute(UNKNOWN_OPTIONAL, 0xffff))],
    ['an attribute that swallows the signature', before(lyingAttribute(UNKNOWN_OPTIONAL, 24))],
    ['half a header of an attribute at the end', behind(Buffer.from([0xfe]))],
    ['two bytes at the end', behind(Buffer.from([0xfe, 0]))],
    ['an unknown attribute that must be understood', check([named, [UNKNOWN_REQUIRED, randomBytes(4)], controlling])],
    ['1,000 attributes that must be understood', many(1_000, [UNKNOWN_REQUIRED, EMPTY])],
    ['1,000 optional attributes', many(1_000, [UNKNOWN_OPTIONAL, EMPTY])],
    ['1,000 user names', many(1_000, named)],
    ['an empty user name', check([[ATTRIBUTE.username, EMPTY], controlling])],
    ['an empty PRIORITY', check([named, [ATTRIBUTE.priority, EMPTY], controlling])],
    ['an empty ICE-CONTROLLING', check([named, priority, [ATTRIBUTE.iceControlling, EMPTY]])],
    ['an empty ICE-CONTROLLED', check([named, priority, [ATTRIBUTE.iceControlled, EMPTY]])],
    ['a USE-CANDIDATE with a value, and nothing else', check([[ATTRIBUTE.useCandidate, randomBytes(8)]])],
    ['no role', check([named, priority])],
    ['both roles', check([named, priority, controlling, [ATTRIBUTE.iceControlled, randomBytes(8)]])],
    ['a second signature that is empty', behind(stunAttribute([ATTRIBUTE.messageIntegrity, EMPTY]))],
    ['a first signature that is empty', check([named, [ATTRIBUTE.messageIntegrity, EMPTY], controlling])],
    ['an empty MESSAGE-INTEGRITY-SHA256', check([named, [ATTRIBUTE.messageIntegritySha256, EMPTY], controlling])],
    ['SOFTWARE of 60,000 bytes', check([named, [ATTRIBUTE.software, randomBytes(60_000)], controlling])],
    ['a header that says less', withHeaderLength(plain, 8)],
    ['a header that says more', withHeaderLength(plain, 0xfffc)],
    ['a header with an odd length', withHeaderLength(plain, plain.length - 21)],
    ['an indication', stunMessage({ type: STUN_METHOD.indication, attributes: [named, controlling], password })],
    ['an answer to a check that was never sent', stunMessage({ type: STUN_METHOD.success, attributes: [], password })],
    ['a refusal without a reason', stunMessage({ type: STUN_METHOD.error, attributes: [], password })],
    ...[1, 4, 19, 20, 21, 22, 23, 24, 40, plain.length - 1].map(
      (length) => [`the first ${length} bytes of a good one`, plain.subarray(0, length)] as const,
    ),
  ];
}
