import { endianness } from 'node:os';
import { foreign } from './foreign.js';

/** Sockets of the Linux kernel, as its manual pages have them. */
export type SocketCalls = ReturnType<typeof declareSockets>;

export const AF_INET = 2;
export const AF_INET6 = 10;
/** `SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC` */
export const NONBLOCKING_DATAGRAMS = 0x80802;
export const SOL_SOCKET = 1;
/** Numbers of a socket, among them the datagrams that the kernel dropped: nine 32-bit words and more. */
export const SO_MEMINFO = 55;
export const SK_MEMINFO_DROPS = 8;
export const IPPROTO_IPV6 = 41;
export const IPV6_V6ONLY = 26;
export const MSG_TRUNC = 0x20;

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

/** Undefined on other systems, and on 32 bits. */
export const SOCKETS: SocketCalls | undefined = LAYOUTS_HOLD ? declareSockets() : undefined;

function declareSockets() {
  return {
    socket: foreign('int socket(int family, int type, int protocol)'),
    bind: foreign('int bind(int fd, uint8_t *address, uint32_t length)'),
    setsockopt: foreign('int setsockopt(int fd, int level, int option, uint8_t *value, uint32_t length)'),
    getsockopt: foreign('int getsockopt(int fd, int level, int option, uint8_t *value, uint8_t *length)'),
    sendto: foreign(
      'long sendto(int fd, uint8_t *data, size_t length, int flags, uint8_t *address, uint32_t addressLength)',
    ),
    sendmmsg: foreign('int sendmmsg(int fd, uint8_t *messages, uint32_t count, int flags)'),
    recvmmsg: foreign('int recvmmsg(int fd, uint8_t *messages, uint32_t count, int flags, void *timeout)'),
    close: foreign('int close(int fd)'),
  };
}
