import { isIPv6 } from 'node:net';
import { getSystemErrorName } from 'node:util';
import { errno } from '../native/foreign.js';
import { arenaWords, reserve } from '../native/memory.js';
import {
  AF_INET,
  AF_INET6,
  IPPROTO_IPV6,
  IPV6_V6ONLY,
  NONBLOCKING_DATAGRAMS,
  SK_MEMINFO_DROPS,
  SO_MEMINFO,
  SO_RCVBUF,
  SO_RCVBUFFORCE,
  SO_SNDBUF,
  SO_SNDBUFFORCE,
  SOCKADDR_IN6_BYTES,
  SOL_SOCKET,
  type SocketCalls,
} from '../native/sockets.js';
import { portAt, writeSockaddr } from './address.js';
import { SOCKET_BUFFER_BYTES } from './udp-socket.js';

const value = reserve(256);
const valueLength = reserve(4);

/**
 * A socket that does not block, bound to an address, with large buffers.
 *
 * @param port 0 for one that the system chooses
 * @returns its file descriptor, which the caller closes
 * @throws Error with the kernel's `code`
 */
export function openBound(calls: SocketCalls, address: string, port: number): number {
  const sockaddr = Buffer.alloc(SOCKADDR_IN6_BYTES);
  const length = writeSockaddr(sockaddr, 0, { address, port });
  const fd = must(calls.socket(isIPv6(address) ? AF_INET6 : AF_INET, NONBLOCKING_DATAGRAMS, 0), 'socket');
  try {
    // Else IPv4 would arrive here too, as ::ffff:a.b.c.d.
    if (isIPv6(address)) must(setOption(calls, fd, IPPROTO_IPV6, IPV6_V6ONLY, 1), 'setsockopt');
    enlarge(calls, fd, SO_RCVBUFFORCE, SO_RCVBUF);
    enlarge(calls, fd, SO_SNDBUFFORCE, SO_SNDBUF);
    must(calls.bind(fd, sockaddr, length), 'bind');
    return fd;
  } catch (error) {
    calls.close(fd);
    throw error;
  }
}

/** @throws Error with the kernel's `code` */
export function portOf(calls: SocketCalls, fd: number): number {
  valueLength.bytes.writeUInt32LE(SOCKADDR_IN6_BYTES);
  must(calls.getsockname(fd, value.address, valueLength.address), 'getsockname');
  return portAt(value.bytes, 0);
}

/** Datagrams that found the socket's buffer full. */
export function dropsOf(calls: SocketCalls, fd: number): number {
  valueLength.bytes.writeUInt32LE(value.bytes.length);
  const isTold = calls.getsockopt(fd, SOL_SOCKET, SO_MEMINFO, value.address, valueLength.address) === 0;
  return isTold ? (arenaWords[value.offset / 4 + SK_MEMINFO_DROPS] ?? 0) : 0;
}

/** As far as it is allowed: less serves too, with more losses under load. */
function enlarge(calls: SocketCalls, fd: number, force: number, plain: number): void {
  if (setOption(calls, fd, SOL_SOCKET, force, SOCKET_BUFFER_BYTES) === 0) return;
  setOption(calls, fd, SOL_SOCKET, plain, SOCKET_BUFFER_BYTES);
}

function setOption(calls: SocketCalls, fd: number, level: number, name: number, to: number): number {
  value.bytes.writeUInt32LE(to);
  return calls.setsockopt(fd, level, name, value.address, 4);
}

function must(result: number, call: string): number {
  if (result >= 0) return result;
  const code = getSystemErrorName(-errno());
  throw Object.assign(new Error(`${call}: ${code}`), { code });
}
