import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import {
  ATTRIBUTE_HEADER_BYTES,
  BINDING_REQUEST,
  BINDING_SUCCESS,
  FINGERPRINT,
  FINGERPRINT_MASK,
  HEADER_BYTES,
  ICE_CONTROLLING,
  MAGIC_COOKIE,
  MESSAGE_INTEGRITY,
  padded,
  PRIORITY,
  USE_CANDIDATE,
  USERNAME,
} from '../../../src/relay/media/engine/ice/stun-format.js';
import { HMAC_SHA1_BYTES, HmacSha1 } from '../../../src/relay/media/engine/native/hmac-sha1.js';

const CHECK_AGAIN_MS = 100;
/** RFC 7675, 5.1: every 5 s, give or take a fifth. */
const CONSENT_MS = 5_000;
/** RFC 8445, 5.1.2.1: of a peer-reflexive candidate. */
const HOST_PRIORITY = Buffer.from([0x6e, 0x7f, 0xff, 0xff]);
const NOTHING = Buffer.alloc(0);

/** The controlling end of ICE towards an ICE-lite one with one address (RFC 8445): nominates it, and asks for consent. */
export class IceClient {
  private readonly username: Buffer;
  private readonly hmac: HmacSha1;
  private readonly tieBreaker = randomBytes(8);
  private readonly transaction = randomBytes(12);
  private answered = false;
  private nextCheckMs = 0;

  constructor(
    localUfrag: string,
    remote: { readonly ufrag: string; readonly pwd: string },
    private readonly send: (datagram: Buffer) => void,
    private readonly onNominated: () => void,
  ) {
    this.username = Buffer.from(`${remote.ufrag}:${localUfrag}`);
    this.hmac = new HmacSha1(Buffer.from(remote.pwd));
  }

  /** Sends a check when one is due. */
  tick(nowMs: number): void {
    if (nowMs < this.nextCheckMs) return;
    this.nextCheckMs = nowMs + (this.answered ? CONSENT_MS * (0.8 + 0.4 * Math.random()) : CHECK_AGAIN_MS);
    this.send(this.check());
  }

  /** A response is taken by its transaction: on loopback nobody forges one. */
  receive(datagram: Buffer): void {
    const isOurs =
      datagram.length >= HEADER_BYTES &&
      datagram.readUInt16BE(0) === BINDING_SUCCESS &&
      datagram.subarray(8, HEADER_BYTES).equals(this.transaction);
    if (!isOurs || this.answered) return;
    this.answered = true;
    this.nextCheckMs = performance.now() + CONSENT_MS * Math.random();
    this.onNominated();
  }

  close(): void {
    this.hmac.free();
  }

  private check(): Buffer {
    const message = Buffer.concat([
      Buffer.alloc(HEADER_BYTES),
      attribute(USERNAME, this.username),
      attribute(PRIORITY, HOST_PRIORITY),
      attribute(ICE_CONTROLLING, this.tieBreaker),
      attribute(USE_CANDIDATE, NOTHING),
      attribute(MESSAGE_INTEGRITY, Buffer.alloc(HMAC_SHA1_BYTES)),
      attribute(FINGERPRINT, Buffer.alloc(4)),
    ]);
    message.writeUInt16BE(BINDING_REQUEST, 0);
    message.writeUInt32BE(MAGIC_COOKIE, 4);
    this.transaction.copy(message, 8);
    const fingerprintAt = message.length - ATTRIBUTE_HEADER_BYTES - 4;
    const integrityAt = fingerprintAt - ATTRIBUTE_HEADER_BYTES - HMAC_SHA1_BYTES;
    // Each covers what is before it, under a length that ends with it (RFC 8489, 14.5 and 14.7).
    message.writeUInt16BE(fingerprintAt - HEADER_BYTES, 2);
    this.hmac.digest(message.subarray(0, integrityAt)).copy(message, integrityAt + ATTRIBUTE_HEADER_BYTES);
    message.writeUInt16BE(message.length - HEADER_BYTES, 2);
    const crc = (crc32(message.subarray(0, fingerprintAt)) ^ FINGERPRINT_MASK) >>> 0;
    message.writeUInt32BE(crc, fingerprintAt + ATTRIBUTE_HEADER_BYTES);
    return message;
  }
}

function attribute(type: number, value: Buffer): Buffer {
  const bytes = Buffer.alloc(ATTRIBUTE_HEADER_BYTES + padded(value.length));
  bytes.writeUInt16BE(type, 0);
  bytes.writeUInt16BE(value.length, 2);
  value.copy(bytes, ATTRIBUTE_HEADER_BYTES);
  return bytes;
}
