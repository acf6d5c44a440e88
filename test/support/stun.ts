import { createHmac, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** STUN as RFC 8489 has it, written apart from the product, so that the two can witness against each other. */

export const STUN_METHOD = { request: 0x0001, indication: 0x0011, success: 0x0101, error: 0x0111 };

/** IANA numbers (RFC 8489, 18.3; RFC 8445, 16.1). */
export const ATTRIBUTE = {
  username: 0x0006,
  messageIntegrity: 0x0008,
  errorCode: 0x0009,
  unknownAttributes: 0x000a,
  messageIntegritySha256: 0x001c,
  xorMappedAddress: 0x0020,
  priority: 0x0024,
  useCandidate: 0x0025,
  software: 0x8022,
  fingerprint: 0x8028,
  iceControlled: 0x8029,
  iceControlling: 0x802a,
};

const HEADER_BYTES = 20;
const MAGIC_COOKIE = 0x2112a442;
const HMAC_BYTES = 20;
const FINGERPRINT_XOR = 0x5354554e;

export type StunAttribute = readonly [type: number, value: Buffer];

export interface StunMessage {
  readonly type: number;
  readonly transactionId: Buffer;
  readonly attributes: readonly StunAttribute[];
  readonly datagram: Buffer;
}

export interface StunParts {
  readonly type: number;
  readonly attributes: readonly StunAttribute[];
  /** Signs the message by MESSAGE-INTEGRITY; without one there is none. */
  readonly password?: string | undefined;
  /** Random when absent. */
  readonly transactionId?: Buffer;
  /** Raw bytes before MESSAGE-INTEGRITY, which signs them, whatever they are. */
  readonly raw?: Buffer;
  /** Raw bytes behind MESSAGE-INTEGRITY. */
  readonly unsigned?: Buffer;
  /** Raw bytes behind those; FINGERPRINT (14.7) when absent. */
  readonly tail?: Buffer;
}

/** A message, signed correctly even where its attributes make no sense. */
export function stunMessage({
  type,
  attributes,
  password,
  transactionId = randomBytes(12),
  raw = Buffer.alloc(0),
  unsigned = Buffer.alloc(0),
  tail,
}: StunParts): Buffer {
  const body = Buffer.concat([...attributes.map(stunAttribute), raw]);
  const start = Buffer.concat([header(type, transactionId), body]);
  const signed = password === undefined ? start : Buffer.concat([start, integrity(start, password)]);
  const marked = Buffer.concat([signed, unsigned]);
  const whole = Buffer.concat([marked, tail ?? fingerprint(marked)]);
  return withLength(whole, whole.length - HEADER_BYTES);
}

export function stunAttribute([type, value]: StunAttribute): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(value.length, 2);
  return Buffer.concat([head, value, Buffer.alloc(-value.length & 3)]);
}

/** @returns undefined when it is no well-formed message */
export function decodeStun(datagram: Buffer): StunMessage | undefined {
  if (datagram.length < HEADER_BYTES || datagram.readUInt32BE(4) !== MAGIC_COOKIE) return undefined;
  if (datagram.readUInt16BE(2) !== datagram.length - HEADER_BYTES) return undefined;
  const attributes: StunAttribute[] = [];
  for (let at = HEADER_BYTES; at < datagram.length;) {
    if (at + 4 > datagram.length) return undefined;
    const end = at + 4 + datagram.readUInt16BE(at + 2);
    if (end > datagram.length) return undefined;
    attributes.push([datagram.readUInt16BE(at), datagram.subarray(at + 4, end)]);
    at = end + (-end & 3);
  }
  return { type: datagram.readUInt16BE(0), transactionId: datagram.subarray(8, HEADER_BYTES), attributes, datagram };
}

export function attributeOf({ attributes }: StunMessage, wanted: number): Buffer | undefined {
  return attributes.find(([type]) => type === wanted)?.[1];
}

/** Of an error response: class and number (14.8); undefined when there is none. */
export function errorCodeOf(message: StunMessage): number | undefined {
  const value = attributeOf(message, ATTRIBUTE.errorCode);
  return value === undefined ? undefined : (value.readUInt8(2) & 7) * 100 + value.readUInt8(3);
}

/** The IPv4 address and port of XOR-MAPPED-ADDRESS (14.2), as `address:port`. */
export function mappedAddressOf(message: StunMessage): string | undefined {
  const value = attributeOf(message, ATTRIBUTE.xorMappedAddress);
  if (value?.length !== 8 || value.readUInt8(1) !== 1) return undefined;
  const address = Buffer.alloc(4);
  address.writeUInt32BE((value.readUInt32BE(4) ^ MAGIC_COOKIE) >>> 0);
  return `${[...address].join('.')}:${value.readUInt16BE(2) ^ (MAGIC_COOKIE >>> 16)}`;
}

/** Whether MESSAGE-INTEGRITY is there and right (14.5). */
export function isSignedWith({ attributes, datagram }: StunMessage, password: string): boolean {
  let end = HEADER_BYTES;
  for (const [type, value] of attributes) {
    if (type === ATTRIBUTE.messageIntegrity) {
      return integrity(datagram.subarray(0, end), password).subarray(4).equals(value);
    }
    end += stunAttribute([type, value]).length;
  }
  return false;
}

function header(type: number, transactionId: Buffer): Buffer {
  const start = Buffer.alloc(8);
  start.writeUInt16BE(type, 0);
  start.writeUInt32BE(MAGIC_COOKIE, 4);
  return Buffer.concat([start, transactionId]);
}

/** A length that counts up to the end of the attribute that is being computed (14.5, 14.7). */
function withLength(message: Buffer, length: number): Buffer {
  const copy = Buffer.from(message);
  copy.writeUInt16BE(length, 2);
  return copy;
}

function integrity(before: Buffer, password: string): Buffer {
  const message = withLength(before, before.length - HEADER_BYTES + 4 + HMAC_BYTES);
  return stunAttribute([ATTRIBUTE.messageIntegrity, createHmac('sha1', password).update(message).digest()]);
}

function fingerprint(before: Buffer): Buffer {
  const value = Buffer.alloc(4);
  value.writeUInt32BE((crc32(withLength(before, before.length - HEADER_BYTES + 8)) ^ FINGERPRINT_XOR) >>> 0);
  return stunAttribute([ATTRIBUTE.fingerprint, value]);
}
