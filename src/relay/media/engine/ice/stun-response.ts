import { crc32 } from 'node:zlib';
import { HMAC_SHA1_BYTES, type HmacSha1 } from '../native/hmac-sha1.js';
import { SOCKADDR_IN_BYTES } from '../native/sockets.js';
import {
  ATTRIBUTE_HEADER_BYTES,
  BINDING_ERROR,
  BINDING_SUCCESS,
  ERROR_CODE,
  FINGERPRINT,
  FINGERPRINT_MASK,
  FINGERPRINT_VALUE_BYTES,
  HEADER_BYTES,
  MAGIC_COOKIE,
  MESSAGE_INTEGRITY,
  padded,
  UNKNOWN_ATTRIBUTES,
  XOR_MAPPED_ADDRESS,
} from './stun-format.js';

/** More than the longest: a refusal that tells eight unknown types has 80 bytes. */
const CAPACITY = 128;
/** Where the magic cookie begins, with which addresses are mixed; the transaction follows it. */
const COOKIE_AT = 4;
const IPV4_FAMILY = 1;
const IPV6_FAMILY = 2;

/**
 * Responses to binding requests (RFC 8489), signed with the password of the request. Each is written into the same
 * memory and valid until the next.
 *
 * Refusals carry a number and no words for people: they stay shorter than any request of RFC 8445.
 */
export class StunResponse {
  private readonly bytes = Buffer.alloc(CAPACITY);
  private length = 0;

  /** Success, and what the sender's address is, seen from here: `struct sockaddr_in` or `sockaddr_in6`. */
  success(request: Buffer, sockaddr: Buffer, password: HmacSha1): Buffer {
    this.begin(BINDING_SUCCESS, request);
    const { bytes } = this;
    const isIpv4 = sockaddr.length === SOCKADDR_IN_BYTES;
    const address = isIpv4 ? sockaddr.subarray(4, 8) : sockaddr.subarray(8, 24);
    const at = this.attribute(XOR_MAPPED_ADDRESS, 4 + address.length);
    bytes[at + 1] = isIpv4 ? IPV4_FAMILY : IPV6_FAMILY;
    bytes.writeUInt16BE(sockaddr.readUInt16BE(2) ^ (MAGIC_COOKIE >>> 16), at + 2);
    address.forEach((byte, index) => (bytes[at + 4 + index] = byte ^ (bytes[COOKIE_AT + index] ?? 0)));
    return this.signed(password);
  }

  /**
   * @param code 487: the sender is to nominate (RFC 8445, 7.3.1.1; one who is lite never does). 420: the request asks for
   *   something that we do not know (RFC 8489, 6.3.1)
   */
  error(request: Buffer, code: 420 | 487, unknownTypes: readonly number[], password: HmacSha1): Buffer {
    this.begin(BINDING_ERROR, request);
    const codeAt = this.attribute(ERROR_CODE, 4);
    this.bytes.writeUInt32BE((Math.floor(code / 100) << 8) | (code % 100), codeAt);
    if (unknownTypes.length > 0) {
      const at = this.attribute(UNKNOWN_ATTRIBUTES, unknownTypes.length * 2);
      unknownTypes.forEach((type, index) => this.bytes.writeUInt16BE(type, at + index * 2));
    }
    return this.signed(password);
  }

  private begin(type: number, request: Buffer): void {
    this.bytes.writeUInt16BE(type, 0);
    request.copy(this.bytes, COOKIE_AT, COOKIE_AT, HEADER_BYTES);
    this.length = HEADER_BYTES;
  }

  /** @returns where its value is to be written */
  private attribute(type: number, length: number): number {
    const at = this.length + ATTRIBUTE_HEADER_BYTES;
    this.bytes.writeUInt16BE(type, this.length);
    this.bytes.writeUInt16BE(length, this.length + 2);
    this.length = at + padded(length);
    this.bytes.fill(0, at, this.length);
    this.bytes.writeUInt16BE(this.length - HEADER_BYTES, 2);
    return at;
  }

  private signed(password: HmacSha1): Buffer {
    const { bytes, length: integrityFrom } = this;
    const integrityAt = this.attribute(MESSAGE_INTEGRITY, HMAC_SHA1_BYTES);
    password.digest(bytes.subarray(0, integrityFrom)).copy(bytes, integrityAt);
    const { length: fingerprintFrom } = this;
    const fingerprintAt = this.attribute(FINGERPRINT, FINGERPRINT_VALUE_BYTES);
    bytes.writeUInt32BE((crc32(bytes.subarray(0, fingerprintFrom)) ^ FINGERPRINT_MASK) >>> 0, fingerprintAt);
    return bytes.subarray(0, this.length);
  }
}
