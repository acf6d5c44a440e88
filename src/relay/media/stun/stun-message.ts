import { createHmac, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';

const HEADER_BYTES = 20;
const MAGIC_COOKIE = 0x2112a442;
const BINDING_REQUEST = 0x0001;
const BINDING_SUCCESS = 0x0101;
const USERNAME = 0x0006;
const MESSAGE_INTEGRITY = 0x0008;
const XOR_MAPPED_ADDRESS = 0x0020;
const ICE_CONTROLLED = 0x8029;
const ICE_CONTROLLING = 0x802a;
const FINGERPRINT = 0x8028;
const INTEGRITY_BYTES = 20;
const TIE_BREAKER_BYTES = 8;
const IPV4_ADDRESS_BYTES = 8;
/** What the CRC is mixed with (RFC 8489, 14.7). */
const FINGERPRINT_MASK = 0x5354554e;

interface Attribute {
  /** Where its value begins. */
  readonly offset: number;
  readonly length: number;
}

/** A binding request or its success (RFC 8489), signed with a short-term password as ICE does (RFC 8445, 7.1). */
export class StunMessage {
  private constructor(
    private readonly bytes: Buffer,
    readonly kind: 'request' | 'success',
    private readonly attributes: ReadonlyMap<number, Attribute>,
    private readonly integrity: Attribute,
  ) {}

  /** Undefined for everything else, among it RTP, DTLS and STUN without a signature. */
  static parse(datagram: Buffer): StunMessage | undefined {
    if (datagram.length < HEADER_BYTES || datagram.readUInt32BE(4) !== MAGIC_COOKIE) return undefined;
    const kind = kindOf(datagram.readUInt16BE(0));
    const attributes = attributesOf(datagram);
    const integrity = attributes?.get(MESSAGE_INTEGRITY);
    if (kind === undefined || attributes === undefined || integrity?.length !== INTEGRITY_BYTES) return undefined;
    return new StunMessage(datagram, kind, attributes, integrity);
  }

  /** The ICE user name fragment of whom the request is for: the first half of `USERNAME`. */
  get addressee(): string | undefined {
    const username = this.attributes.get(USERNAME);
    return username && this.valueOf(username).toString('latin1').split(':')[0];
  }

  isSignedWith(password: string): boolean {
    return timingSafeEqual(this.valueOf(this.integrity), this.signature(this.bytes, password));
  }

  /** With another tie-breaker in the place of one that is 0; undefined when there is none that is 0. */
  withTieBreaker(password: string): Buffer | undefined {
    const role = this.attributes.get(ICE_CONTROLLING) ?? this.attributes.get(ICE_CONTROLLED);
    if (role?.length !== TIE_BREAKER_BYTES || this.valueOf(role).some((byte) => byte !== 0)) return undefined;
    return this.signedAnew(password, (bytes) => bytes.writeUInt8(1, role.offset + TIE_BREAKER_BYTES - 1));
  }

  /** With another IPv4 address as that of the receiver; undefined when it has none. */
  withMappedAddress(address: string, port: number, password: string): Buffer | undefined {
    const mapped = this.attributes.get(XOR_MAPPED_ADDRESS);
    if (mapped?.length !== IPV4_ADDRESS_BYTES) return undefined;
    return this.signedAnew(password, (bytes) => {
      bytes.writeUInt16BE(port ^ (MAGIC_COOKIE >>> 16), mapped.offset + 2);
      const number = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
      bytes.writeUInt32BE((number ^ MAGIC_COOKIE) >>> 0, mapped.offset + 4);
    });
  }

  private valueOf({ offset, length }: Attribute): Buffer {
    return this.bytes.subarray(offset, offset + length);
  }

  private signedAnew(password: string, change: (bytes: Buffer) => void): Buffer {
    const bytes = Buffer.from(this.bytes);
    change(bytes);
    this.signature(bytes, password).copy(bytes, this.integrity.offset);
    const fingerprint = this.attributes.get(FINGERPRINT);
    if (fingerprint !== undefined) {
      const crc = crc32(bytes.subarray(0, fingerprint.offset - 4));
      bytes.writeUInt32BE((crc ^ FINGERPRINT_MASK) >>> 0, fingerprint.offset);
    }
    return bytes;
  }

  /** Over everything before it, with a length that ends after it (RFC 8489, 14.5). */
  private signature(bytes: Buffer, password: string): Buffer {
    const signed = Buffer.from(bytes.subarray(0, this.integrity.offset - 4));
    signed.writeUInt16BE(this.integrity.offset + INTEGRITY_BYTES - HEADER_BYTES, 2);
    return createHmac('sha1', password).update(signed).digest();
  }
}

function kindOf(type: number): StunMessage['kind'] | undefined {
  if (type === BINDING_REQUEST) return 'request';
  return type === BINDING_SUCCESS ? 'success' : undefined;
}

/** By type, the first of each; undefined when they do not fill the message exactly. */
function attributesOf(datagram: Buffer): ReadonlyMap<number, Attribute> | undefined {
  if (datagram.readUInt16BE(2) !== datagram.length - HEADER_BYTES) return undefined;
  const attributes = new Map<number, Attribute>();
  let offset = HEADER_BYTES;
  while (offset + 4 <= datagram.length) {
    const type = datagram.readUInt16BE(offset);
    const length = datagram.readUInt16BE(offset + 2);
    if (offset + 4 + length > datagram.length) return undefined;
    if (!attributes.has(type)) attributes.set(type, { offset: offset + 4, length });
    offset += 4 + Math.ceil(length / 4) * 4;
  }
  return offset === datagram.length ? attributes : undefined;
}
