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

/**
 * Writes `struct sockaddr_in` or `sockaddr_in6` as Linux has them, on every system: keys and routes look alike everywhere.
 *
 * @returns how many bytes it has
 * @throws TypeError for what is not a numeric address without a zone
 */
export function writeSockaddr(memory: Buffer, at: number, { address, port }: RemoteAddress): number {
  const isV4 = isIPv4(address);
  if (!isV4 && (!isIPv6(address) || address.includes('%'))) throw new TypeError('not a numeric address without a zone');
  const length = isV4 ? SOCKADDR_IN_BYTES : SOCKADDR_IN6_BYTES;
  memory.fill(0, at, at + length);
  memory.writeUInt16LE(isV4 ? AF_INET : AF_INET6, at);
  memory.writeUInt16BE(port, at + PORT_AT);
  if (isV4) memory.set(address.split('.').map(Number), at + IPV4_AT);
  else ipv6Groups(address).forEach((group, index) => memory.writeUInt16BE(group, at + IPV6_AT + 2 * index));
  return length;
}

export function readSockaddr(memory: Buffer, at: number): RemoteAddress {
  const port = portAt(memory, at);
  if (isV4At(memory, at)) return { address: memory.subarray(at + IPV4_AT, at + IPV4_AT + 4).join('.'), port };
  const groups = Array.from({ length: IPV6_GROUPS }, (_, group) => memory.readUInt16BE(at + IPV6_AT + 2 * group));
  const written = groups.map((group) => group.toString(16)).join(':');
  return { address: new SocketAddress({ address: written, family: 'ipv6' }).address, port };
}

export function sockaddrBytesAt(memory: Buffer, at: number): number {
  return isV4At(memory, at) ? SOCKADDR_IN_BYTES : SOCKADDR_IN6_BYTES;
}

export function portAt(memory: Buffer, at: number): number {
  return memory.readUInt16BE(at + PORT_AT);
}

/** fe80::/10 means nothing without its interface, and none of our candidates is reached from there. */
export function isLinkLocalAt(memory: Buffer, at: number): boolean {
  return !isV4At(memory, at) && (memory.readUInt16BE(at + IPV6_AT) & 0xffc0) === 0xfe80;
}

/**
 * A map key for a socket and whom it speaks to: the bytes of the socket's number, which stand in front of the socket
 * address, family, port and address.
 */
export function keyAt(memory: Buffer, at: number): string {
  const end = isV4At(memory, at) ? IPV4_AT + 4 : IPV6_AT + 16;
  return memory.toString('latin1', at - SOCKET_ID_BYTES, at + end);
}

function isV4At(memory: Buffer, at: number): boolean {
  return memory.readUInt16LE(at) === AF_INET;
}

function ipv6Groups(address: string): number[] {
  const [head = [], tail = []] = address.split('::').map(groupsOf);
  return [...head, ...Array<number>(IPV6_GROUPS - head.length - tail.length).fill(0), ...tail];
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
