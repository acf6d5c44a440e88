import { crc32 } from 'node:zlib';
import { HMAC_SHA1_BYTES, type HmacSha1 } from '../native/hmac-sha1.js';
import {
  ATTRIBUTE_HEADER_BYTES,
  BINDING_REQUEST,
  FINGERPRINT,
  FINGERPRINT_MASK,
  FINGERPRINT_VALUE_BYTES,
  HEADER_BYTES,
  ICE_CONTROLLED,
  ICE_CONTROLLING,
  MAGIC_COOKIE,
  MESSAGE_INTEGRITY,
  padded,
  PRIORITY,
  USE_CANDIDATE,
  USERNAME,
} from './stun-format.js';

const COLON = 0x3a;
const FIRST_OPTIONAL_TYPE = 0x8000;
/** More of them are not told: an answer must not grow with what a request makes up. */
const MAX_UNKNOWN_TYPES = 8;
/** Of attributes whose value has one length. */
const VALUE_BYTES = new Map([
  [MESSAGE_INTEGRITY, HMAC_SHA1_BYTES],
  [PRIORITY, 4],
  [USE_CANDIDATE, 0],
  [ICE_CONTROLLED, 8],
  [ICE_CONTROLLING, 8],
]);
/** Where the bytes begin that are signed as they came; before them is the length, which is not. */
const AFTER_LENGTH = 4;

/**
 * Comprehension-required attributes of RFC 8489 that are read elsewhere, or say nothing in a request with short-term
 * credentials, but are not unknown: USERNAME, MAPPED-ADDRESS, ERROR-CODE, UNKNOWN-ATTRIBUTES, REALM, NONCE, MESSAGE-INTEGRITY-SHA256,
 * PASSWORD-ALGORITHM, USERHASH and XOR-MAPPED-ADDRESS.
 */
const KNOWN_AND_IGNORED = new Set([USERNAME, 0x0001, 0x0009, 0x000a, 0x0014, 0x0015, 0x001c, 0x001d, 0x001e, 0x0020]);

/** A binding request (RFC 8489, RFC 8445 section 7.1). One object reads all: nothing is allocated for strangers. */
export class StunRequest {
  private readonly signedHead = Buffer.alloc(AFTER_LENGTH);
  private datagram: Buffer = Buffer.alloc(0);
  private usernameAt = 0;
  private usernameBytes = 0;
  private integrityAt = 0;
  private fingerprintAt = 0;
  /** Types of the attributes that are signed, and known. */
  private readonly known = new Set<number>();
  private readonly unknown: number[] = [];

  /**
   * Of several attributes of one type the first counts, and after MESSAGE-INTEGRITY only FINGERPRINT does.
   *
   * @param datagram is looked at until the next call of `read`
   * @returns false for whatever is no well-formed request with a user name and MESSAGE-INTEGRITY; nothing else may be
   *   asked then
   */
  read(datagram: Buffer): boolean {
    if (datagram.length < HEADER_BYTES) return false;
    if (datagram.readUInt16BE(0) !== BINDING_REQUEST || datagram.readUInt32BE(4) !== MAGIC_COOKIE) return false;
    const length = datagram.readUInt16BE(2);
    if (length % 4 !== 0 || length !== datagram.length - HEADER_BYTES) return false;
    this.forget(datagram);
    for (let at = HEADER_BYTES; at < datagram.length;) {
      const valueAt = at + ATTRIBUTE_HEADER_BYTES;
      const valueBytes = datagram.readUInt16BE(at + 2);
      const next = valueAt + padded(valueBytes);
      if (next > datagram.length || !this.take(datagram.readUInt16BE(at), valueAt, valueBytes)) return false;
      at = next;
    }
    return this.usernameAt !== 0 && this.integrityAt !== 0;
  }

  /**
   * The user name up to its colon, when it is that long; else undefined.
   *
   * What follows the colon is the sender's own fragment and is not looked at: the password is what tells who it is, and
   * a client that was given our answer may check before we would know a new fragment of its (RFC 8445, 7.3).
   */
  addressee(fragmentBytes: number): string | undefined {
    const colonAt = this.usernameAt + fragmentBytes;
    if (this.usernameBytes <= fragmentBytes || this.datagram[colonAt] !== COLON) return undefined;
    return this.datagram.toString('latin1', this.usernameAt, colonAt);
  }

  /** Whether MESSAGE-INTEGRITY holds under this password, and FINGERPRINT, if it is there. */
  isSignedWith(password: HmacSha1): boolean {
    const { datagram, integrityAt, fingerprintAt } = this;
    const integrity = datagram.subarray(integrityAt, integrityAt + HMAC_SHA1_BYTES);
    const signed = datagram.subarray(AFTER_LENGTH, integrityAt - ATTRIBUTE_HEADER_BYTES);
    // The signed length ends after MESSAGE-INTEGRITY (RFC 8489, 14.5); the datagram is not ours to change.
    datagram.copy(this.signedHead, 0, 0, AFTER_LENGTH);
    this.signedHead.writeUInt16BE(integrityAt + HMAC_SHA1_BYTES - HEADER_BYTES, 2);
    if (!password.matches(integrity, this.signedHead, signed)) return false;
    if (fingerprintAt === 0) return true;
    const crc = crc32(datagram.subarray(0, fingerprintAt - ATTRIBUTE_HEADER_BYTES));
    return datagram.readUInt32BE(fingerprintAt) === (crc ^ FINGERPRINT_MASK) >>> 0;
  }

  /** Whether the address that it came from is to carry the media (RFC 8445, 7.3.1.5). */
  get nominates(): boolean {
    return this.known.has(USE_CANDIDATE);
  }

  /** Whether the sender takes us for the one who nominates (RFC 8445, 7.3.1.1). */
  get claimsControlledRole(): boolean {
    return this.known.has(ICE_CONTROLLED) && !this.known.has(ICE_CONTROLLING);
  }

  /** Types that it would be wrong to ignore (RFC 8489, 6.3.1), 8 at most. */
  get unknownTypes(): readonly number[] {
    return this.unknown;
  }

  private forget(datagram: Buffer): void {
    this.datagram = datagram;
    this.usernameAt = 0;
    this.usernameBytes = 0;
    this.integrityAt = 0;
    this.fingerprintAt = 0;
    this.known.clear();
    this.unknown.length = 0;
  }

  /** @returns false for a length that its type cannot have */
  private take(type: number, at: number, length: number): boolean {
    if (this.integrityAt !== 0) return type !== FINGERPRINT || this.takeFingerprint(at, length);
    if (type === USERNAME && this.usernameAt === 0) {
      this.usernameAt = at;
      this.usernameBytes = length;
    } else if (type === MESSAGE_INTEGRITY) {
      this.integrityAt = at;
    }
    const expected = VALUE_BYTES.get(type);
    if (expected !== undefined) this.known.add(type);
    else if (type < FIRST_OPTIONAL_TYPE && !KNOWN_AND_IGNORED.has(type)) this.takeUnknown(type);
    return expected === undefined || expected === length;
  }

  /** It is the last attribute (RFC 8489, 14.7). */
  private takeFingerprint(at: number, length: number): boolean {
    this.fingerprintAt = at;
    return length === FINGERPRINT_VALUE_BYTES && at + length === this.datagram.length;
  }

  private takeUnknown(type: number): void {
    if (this.unknown.length < MAX_UNKNOWN_TYPES && !this.unknown.includes(type)) this.unknown.push(type);
  }
}
