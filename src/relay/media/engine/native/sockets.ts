import { endianness } from 'node:os';
import { foreign, type Memory } from './foreign.js';

/** Sockets of the Linux kernel, as its manual pages have them. Elsewhere, and on 32 bits, `SOCKETS` is undefined. */
export interface SocketCalls {
  socket(family: number, type: number, protocol: number): number;
  bind(fd: number, address: Memory, length: number): number;
  getsockname(fd: number, address: Memory, length: Memory): number;
  setsockopt(fd: number, level: number, option: number, value: Memory, length: number): number;
  getsockopt(fd: number, level: number, option: number, value: Memory, length: Memory): number;
  sendto(fd: number, data: Memory, length: number, flags: number, address: Memory, addressLength: number): number;
  sendmmsg(fd: number, messages: Memory, count: number, flags: number): number;
  recvmmsg(fd: number, messages: Memory, count: number, flags: number, timeout: null): number;
  close(fd: number): number;
}

export const AF_INET = 2;
export const AF_INET6 = 10;
/** `SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC` */
export const NONBLOCKING_DATAGRAMS = 0x80802;
export const SOL_SOCKET = 1;
export const SO_SNDBUF = 7;
export const SO_RCVBUF = 8;
/** Past `net.core.wmem_max`, for whoever has CAP_NET_ADMIN. */
export const SO_SNDBUFFORCE = 32;
export const SO_RCVBUFFORCE = 33;
/** Numbers of a socket, among them the datagrams that the kernel dropped: nine 32-bit words and more. */
export const SO_MEMINFO = 55;
export const SK_MEMINFO_DROPS = 8;
export const IPPROTO_IPV6 = 41;
export const IPV6_V6ONLY = 26;
export const MSG_TRUNC = 0x20;
export const EAGAIN = 11;
export const ENOBUFS = 105;

/** `struct sockaddr_in` and `sockaddr_in6`: family (2 bytes, little-endian), port (2, big-endian), then the address. */
export const SOCKADDR_IN_BYTES = 16;
export const SOCKADDR_IN6_BYTES = 28;
/** `struct iovec` {base, length} */
export const IOVEC_BYTES = 16;
/** `struct mmsghdr` {name, nameLength, iov, iovLength, control, controlLength, flags, received length} and where its parts begin. */
export const MMSGHDR_BYTES = 64;
export const MMSGHDR = { name: 0, nameLength: 8, iov: 16, iovLength: 24, flags: 48, received: 56 } as const;

const LAYOUTS_HOLD =
  process.platform === 'linux' &&
  endianness() === 'LE' &&
  ['x64', 'arm64', 'riscv64', 'loong64'].includes(process.arch);

export const SOCKETS: SocketCalls | undefined = LAYOUTS_HOLD ? declareSockets() : undefined;

function declareSockets(): SocketCalls {
  return {
    socket: foreign('int socket(int family, int type, int protocol)'),
    bind: foreign('int bind(int fd, void *address, uint32_t length)'),
    getsockname: foreign('int getsockname(int fd, void *address, void *length)'),
    setsockopt: foreign('int setsockopt(int fd, int level, int option, void *value, uint32_t length)'),
    getsockopt: foreign('int getsockopt(int fd, int level, int option, void *value, void *length)'),
    sendto: foreign('long sendto(int fd, void *data, size_t length, int flags, void *address, uint32_t addressLength)'),
    sendmmsg: foreign('int sendmmsg(int fd, void *messages, uint32_t count, int flags)'),
    recvmmsg: foreign('int recvmmsg(int fd, void *messages, uint32_t count, int flags, void *timeout)'),
    close: foreign('int close(int fd)'),
  };
}
