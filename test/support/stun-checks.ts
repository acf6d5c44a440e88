import { writeSockaddr } from '../../src/relay/media/engine/udp/address.js';
import { type Incoming } from '../../src/relay/media/engine/udp/incoming.js';
import type { Route, UdpSocket } from '../../src/relay/media/engine/udp/route.js';
import { ATTRIBUTE, decodeStun, stunAttribute, stunMessage as built } from './stun.js';

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
  const { pwd, type = 0x0001, transaction, fingerprint = 'right', unsigned = [] } = options;
  return built({
    type,
    attributes: [],
    raw: encoded(attributes),
    unsigned: encoded(unsigned),
    password: pwd,
    ...(transaction && { transactionId: transaction }),
    ...(fingerprint === 'none' && { tail: Buffer.alloc(0) }),
    ...(Buffer.isBuffer(fingerprint) && { tail: stunAttribute([ATTRIBUTE.fingerprint, fingerprint]) }),
  });
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
    const route = () => ({ socket, key, sockaddr: sockaddrOf(address, port), address, port });
    return { bytes, socket, key, route };
  }
}

/** As the kernel would tell it. */
export function sockaddrOf(address: string, port: number): Buffer {
  const memory = Buffer.alloc(28);
  return memory.subarray(0, writeSockaddr(memory, 0, { address, port }));
}

/** Type and attributes of a message that is well-formed. */
export function decoded(message: Buffer): { readonly type: number; readonly attributes: ReadonlyMap<number, Buffer> } {
  const { type, attributes } = decodeStun(message)!;
  return { type, attributes: new Map(attributes) };
}

function encoded(attributes: readonly StunAttribute[]): Buffer {
  return Buffer.concat(
    attributes.map(({ type, value, claimedBytes = value.length }) => {
      const bytes = stunAttribute([type, value]);
      bytes.writeUInt16BE(claimedBytes, 2);
      return bytes;
    }),
  );
}
