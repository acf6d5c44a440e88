import { createHmac, randomBytes, randomInt } from 'node:crypto';
import { sdpLines, type Answer } from './signaling.js';

const STUN_BINDING_REQUEST = 0x0001;
const STUN_BINDING_INDICATION = 0x0011;
const STUN_MAGIC_COOKIE = 0x2112a442;
const STUN_USERNAME = 0x0006;
const STUN_MESSAGE_INTEGRITY = 0x0008;
const STUN_PRIORITY = 0x0024;
const STUN_USE_CANDIDATE = 0x0025;
const STUN_ICE_CONTROLLING = 0x802a;
const HMAC_BYTES = 20;
const DTLS_CONTENT_TYPES = { changeCipherSpec: 20, alert: 21, handshake: 22, applicationData: 23 };

/** The credentials of one peer's ICE checks towards the relay (RFC 8445, 7.2.2). */
export interface IceLogin {
  readonly userName: string;
  readonly password: string;
}

export function iceLogin(answer: Answer | string, offerSdp: string): IceLogin {
  const answerSdp = typeof answer === 'string' ? answer : answer.sdp;
  const value = (sdp: string, name: string): string =>
    sdpLines(sdp, `a=${name}:`)[0]!
      .slice(name.length + 3)
      .trim();
  return {
    userName: `${value(answerSdp, 'ice-ufrag')}:${value(offerSdp, 'ice-ufrag')}`,
    password: value(answerSdp, 'ice-pwd'),
  };
}

export function noise(): Buffer {
  return randomBytes(randomInt(1, 1_400));
}

/** A check as browsers send it (RFC 8445, 7.1); without a password its HMAC is made up. */
export function iceCheck(userName: string, password?: string): Buffer {
  return stunMessage(STUN_BINDING_REQUEST, password, [
    [STUN_USERNAME, Buffer.from(userName)],
    [STUN_PRIORITY, Buffer.from([0x6e, 0, 0xff, 0xff])],
    [STUN_ICE_CONTROLLING, randomBytes(8)],
    [STUN_USE_CANDIDATE, Buffer.alloc(0)],
  ]);
}

/** Names nobody, and its HMAC is made up. */
export function stunIndication(): Buffer {
  return stunMessage(STUN_BINDING_INDICATION, undefined, [[STUN_PRIORITY, randomBytes(4)]]);
}

/** Says what the sound of a broadcaster says in the open; what should be encrypted is noise. */
export function forgedRtp({ payloadType, ssrc }: { readonly payloadType: number; readonly ssrc: number }): Buffer {
  const packet = randomBytes(randomInt(40, 400));
  packet.writeUInt8(0x80, 0);
  packet.writeUInt8(payloadType, 1);
  packet.writeUInt32BE(ssrc, 8);
  return packet;
}

/** RTCP BYE, RFC 3550, 6.6. */
export function forgedGoodbye(ssrc: number): Buffer {
  const packet = Buffer.alloc(8);
  packet.writeUInt8(0x81, 0);
  packet.writeUInt8(203, 1);
  packet.writeUInt16BE(1, 2);
  packet.writeUInt32BE(ssrc, 4);
  return packet;
}

/** Records of epoch 0 and 1 with a body that fits their type at first sight, such as a fatal alert. RFC 6347, 4.1. */
export function forgedDtlsRecords(): Buffer[] {
  return Object.values(DTLS_CONTENT_TYPES).map((contentType) => {
    const body = contentType === DTLS_CONTENT_TYPES.alert ? Buffer.from([2, 0]) : randomBytes(randomInt(12, 200));
    const header = Buffer.alloc(13);
    header.writeUInt8(contentType, 0);
    header.writeUInt16BE(0xfefd, 1);
    header.writeUInt16BE(randomInt(2), 3);
    header.writeUInt32BE(randomInt(100), 7);
    header.writeUInt16BE(body.length, 11);
    return Buffer.concat([header, body]);
  });
}

/** RFC 8489, 5; MESSAGE-INTEGRITY comes last (14.5). */
function stunMessage(type: number, password: string | undefined, attributes: [type: number, value: Buffer][]): Buffer {
  const body = Buffer.concat(attributes.map(([attribute, value]) => stunAttribute(attribute, value)));
  const header = Buffer.alloc(20);
  header.writeUInt16BE(type, 0);
  header.writeUInt16BE(body.length + 4 + HMAC_BYTES, 2);
  header.writeUInt32BE(STUN_MAGIC_COOKIE, 4);
  randomBytes(12).copy(header, 8);
  const message = Buffer.concat([header, body]);
  const hmac = password === undefined ? randomBytes(HMAC_BYTES) : createHmac('sha1', password).update(message).digest();
  return Buffer.concat([message, stunAttribute(STUN_MESSAGE_INTEGRITY, hmac)]);
}

function stunAttribute(type: number, value: Buffer): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt16BE(type, 0);
  header.writeUInt16BE(value.length, 2);
  return Buffer.concat([header, value, Buffer.alloc((4 - (value.length % 4)) % 4)]);
}
