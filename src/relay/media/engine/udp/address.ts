import { isIPv4, isIPv6, SocketAddress } from 'node:net';
import { AF_INET, AF_INET6, SOCKADDR_IN6_BYTES, SOCKADDR_IN_BYTES } from '../native/sockets.js';

const PORT_AT = 2;
const IPV4_AT = 4;
const IPV6_AT = 8;
const IPV6_GROUPS = 8;
/** In front of a socket address, so that both together are one key. */
export const SOCKET_ID_BYTES = 4;

/** Whom a datagram came from or goes to. */
export interface RemoteAddress {
  /** IPv4 in dotted form, or IPv6 as RFC 5952 writes it. */
  readonly address: string;
  readonly port: number;
}

/** The same, ready for C. */
export interface Destination extends RemoteAddress {
  /** `struct sockaddr_in` or `sockaddr_in6`, as Linux has them. */
  readonly sockaddr: Buffer;
}

/**
 * Writes `struct sockaddr_in` or `sockaddr_in6` as Linux has them, on every system: keys and routes look alike everywhere.
 *
 * @returns how many bytes it has
 * @throws TypeError for what is not a numeric address without a zone
 */
export function writeSockaddr(memory: Buffer, at: number, { address, port }: RemoteAddress): number {
  const length = isIPv4(address) ? writeIpv4(memory, at, address) : writeIpv6(memory, at, address);
  memory.writeUInt16BE(port, at + PORT_AT);
  return length;
}

export function readSockaddr(memory: Buffer, at: number): RemoteAddress {
  const port = portAt(memory, at);
  if (memory.readUInt16LE(at) === AF_INET) {
    const address = `${memory.readUInt8(at + 4)}.${memory.readUInt8(at + 5)}.${memory.readUInt8(at + 6)}.${memory.readUInt8(at + 7)}`;
    return { address, port };
  }
  const groups: string[] = [];
  for (let group = 0; group < IPV6_GROUPS; group += 1) {
    groups.push(memory.readUInt16BE(at + IPV6_AT + 2 * group).toString(16));
  }
  return { address: new SocketAddress({ address: groups.join(':'), family: 'ipv6' }).address, port };
}

export function portAt(memory: Buffer, at: number): number {
  return memory.readUInt16BE(at + PORT_AT);
}

/** fe80::/10 means nothing without its interface, and none of our candidates is reached from there. */
export function isLinkLocalAt(memory: Buffer, at: number): boolean {
  return memory.readUInt16LE(at) === AF_INET6 && (memory.readUInt16BE(at + IPV6_AT) & 0xffc0) === 0xfe80;
}

/**
 * A map key for a socket and whom it speaks to: the bytes of the socket's number, which stand in front of the socket
 * address, family, port and address.
 */
export function keyAt(memory: Buffer, at: number): string {
  const end = memory.readUInt16LE(at) === AF_INET ? IPV4_AT + 4 : IPV6_AT + 16;
  return memory.toString('latin1', at - SOCKET_ID_BYTES, at + end);
}

function writeIpv4(memory: Buffer, at: number, address: string): number {
  memory.fill(0, at, at + SOCKADDR_IN_BYTES);
  memory.writeUInt16LE(AF_INET, at);
  let value = 0;
  let index = at + IPV4_AT;
  for (let character = 0; character < address.length; character += 1) {
    const code = address.charCodeAt(character);
    if (code === 0x2e) {
      memory[index] = value;
      index += 1;
      value = 0;
    } else {
      value = value * 10 + code - 0x30;
    }
  }
  memory[index] = value;
  return SOCKADDR_IN_BYTES;
}

function writeIpv6(memory: Buffer, at: number, address: string): number {
  if (!isIPv6(address) || address.includes('%')) throw new TypeError('not a numeric address without a zone');
  memory.fill(0, at, at + SOCKADDR_IN6_BYTES);
  memory.writeUInt16LE(AF_INET6, at);
  const [before = '', after] = address.split('::');
  const [head, tail] = [groupsOf(before), groupsOf(after ?? '')];
  head.forEach((group, index) => memory.writeUInt16BE(group, at + IPV6_AT + 2 * index));
  const tailAt = at + IPV6_AT + 2 * (IPV6_GROUPS - tail.length);
  tail.forEach((group, index) => memory.writeUInt16BE(group, tailAt + 2 * index));
  return SOCKADDR_IN6_BYTES;
}

/** Of a half of an IPv6 address, the last two of which may be written as IPv4. */
function groupsOf(half: string): number[] {
  if (half === '') return [];
  return half.split(':').flatMap((group) => {
    if (!group.includes('.')) return [parseInt(group, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
    return [a * 256 + b, c * 256 + d];
  });
}
