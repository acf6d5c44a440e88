import { createHmac, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { type Incoming } from '../../src/relay/media/engine/udp/incoming.js';
import type { Route, UdpSocket } from '../../src/relay/media/engine/udp/route.js';

const COOKIE = Buffer.from('2112a442', 'hex');

export interface StunAttribute {
  readonly type: number;
  readonly value: Buffer;
  /** What it says its length is, when that is not true. */
  readonly claimedBytes?: number;
}

export const attribute = (type: number, value: string | Buffer = ''): StunAttribute => ({
  type,
  value: Buffer.from(value),
});
export const username = (ufrag: string, remote = 'peer') => attribute(0x0006, `${ufrag}:${remote}`);
export const priority = attribute(0x0024, Buffer.from('6e0001ff', 'hex'));
export const useCandidate = attribute(0x0025);
export const controlled = attribute(0x8029, Buffer.alloc(8, 7));
/** With tie-breaker 0, as Chromium has it through TURN over TCP. */
export const controlling = attribute(0x802a, Buffer.alloc(8));

export interface StunMessageOptions {
  readonly pwd?: string | undefined;
  readonly type?: number;
  readonly transaction?: Buffer;
  readonly fingerprint?: 'right' | 'none' | Buffer;
  /** Between MESSAGE-INTEGRITY and FINGERPRINT, where only the latter counts. */
  readonly unsigned?: readonly StunAttribute[];
}

/** A STUN message, signed by node:crypto. */
export function stunMessage(attributes: readonly StunAttribute[], options: StunMessageOptions = {}): Buffer {
  const { pwd, type = 0x0001, transaction = randomBytes(12), fingerprint = 'right', unsigned = [] } = options;
  const head = Buffer.concat([uint16(type), uint16(0), COOKIE, transaction]);
  let message = Buffer.concat([head, ...attributes.map(encoded)]);
  if (pwd !== undefined) {
    setLength(message, message.length + 24);
    message = Buffer.concat([message, encoded(attribute(0x0008, createHmac('sha1', pwd).update(message).digest()))]);
  }
  message = Buffer.concat([message, ...unsigned.map(encoded)]);
  if (fingerprint === 'none') return setLength(message, message.length);
  const claimed = setLength(message, message.length + 8);
  const value = fingerprint === 'right' ? uint32((crc32(claimed) ^ 0x5354554e) >>> 0) : fingerprint;
  const whole = Buffer.concat([message, encoded(attribute(0x8028, value))]);
  return setLength(whole, whole.length);
}

/** What a browser sends to whom it was told of by these credentials. */
export function check(
  to: { readonly ufrag: string; readonly pwd: string },
  more: readonly StunAttribute[] = [],
  options: StunMessageOptions = {},
): Buffer {
  return stunMessage([username(to.ufrag), controlling, priority, ...more], { pwd: to.pwd, ...options });
}

/** One of our own addresses, as far as ICE uses it, which keeps what it should send. */
export class FakeSocket {
  readonly port = 3478;
  readonly sent: { readonly datagram: Buffer; readonly route: Route }[] = [];

  constructor(readonly address = '192.0.2.100') {}

  send(datagram: Buffer, route: Route): boolean {
    this.sent.push({ datagram: Buffer.from(datagram), route });
    return true;
  }

  from(bytes: Buffer, address: string, port = 5_000): Incoming {
    const key = `${this.address} ${address} ${port}`;
    const socket = this as unknown as UdpSocket;
    const route = () => ({ socket, key, sockaddr: Buffer.alloc(16), address, port });
    return { bytes, socket, key, route };
  }
}

/** Type and attributes of a message that is well-formed. */
export function decoded(message: Buffer): { readonly type: number; readonly attributes: ReadonlyMap<number, Buffer> } {
  const attributes = new Map<number, Buffer>();
  for (let at = 20; at < message.length;) {
    const length = message.readUInt16BE(at + 2);
    attributes.set(message.readUInt16BE(at), message.subarray(at + 4, at + 4 + length));
    at += 4 + Math.ceil(length / 4) * 4;
  }
  return { type: message.readUInt16BE(0), attributes };
}

function encoded({ type, value, claimedBytes = value.length }: StunAttribute): Buffer {
  return Buffer.concat([uint16(type), uint16(claimedBytes), value, Buffer.alloc(-value.length & 3)]);
}

function setLength(message: Buffer, totalBytes: number): Buffer {
  message.writeUInt16BE((totalBytes - 20) & 0xffff, 2);
  return message;
}

function uint16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
