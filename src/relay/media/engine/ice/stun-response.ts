import { crc32 } from 'node:zlib';
import { HMAC_SHA1_BYTES, type HmacSha1 } from '../native/hmac-sha1.js';
import { addressBytes } from './address-bytes.js';
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
const IPV4_BYTES = 4;

/**
 * Responses to binding requests (RFC 8489), signed with the password of the request. Each is written into the same
 * memory and valid until the next.
 *
 * Refusals carry a number and no words for people: they stay shorter than any request of RFC 8445.
 */
export class StunResponse {
  private readonly bytes = Buffer.alloc(CAPACITY);
  private length = 0;

  /** Success, and what the sender's address is, seen from here. */
  success(request: Buffer, address: string, port: number, password: HmacSha1): Buffer {
    this.begin(BINDING_SUCCESS, request);
    const { bytes } = this;
    const value = addressBytes(address);
    const at = this.attribute(XOR_MAPPED_ADDRESS, 4 + value.length);
    bytes[at] = 0;
    bytes[at + 1] = value.length === IPV4_BYTES ? IPV4_FAMILY : IPV6_FAMILY;
    bytes.writeUInt16BE(port ^ (MAGIC_COOKIE >>> 16), at + 2);
    value.forEach((byte, index) => (bytes[at + 4 + index] = byte ^ (bytes[COOKIE_AT + index] ?? 0)));
    return this.signed(password);
  }

  /** 487: the sender is to nominate (RFC 8445, 7.3.1.1; one who is lite never does). */
  roleConflict(request: Buffer, password: HmacSha1): Buffer {
    this.begin(BINDING_ERROR, request);
    this.errorCode(487);
    return this.signed(password);
  }

  /** 420: the request asks for something that we do not know (RFC 8489, 6.3.1). */
  unknownAttributes(request: Buffer, types: readonly number[], password: HmacSha1): Buffer {
    this.begin(BINDING_ERROR, request);
    this.errorCode(420);
    const at = this.attribute(UNKNOWN_ATTRIBUTES, types.length * 2);
    types.forEach((type, index) => this.bytes.writeUInt16BE(type, at + index * 2));
    return this.signed(password);
  }

  private begin(type: number, request: Buffer): void {
    this.bytes.writeUInt16BE(type, 0);
    request.copy(this.bytes, COOKIE_AT, COOKIE_AT, HEADER_BYTES);
    this.length = HEADER_BYTES;
  }

  private errorCode(code: number): void {
    this.bytes.writeUInt32BE((Math.floor(code / 100) << 8) | (code % 100), this.attribute(ERROR_CODE, 4));
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
