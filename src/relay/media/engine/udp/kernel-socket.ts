import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { getSystemErrorName } from 'node:util';
import { errno } from '../native/foreign.js';
import { arenaWords, reserve } from '../native/memory.js';
import {
  AF_INET,
  AF_INET6,
  IPPROTO_IPV6,
  IPV6_V6ONLY,
  MMSGHDR_BYTES,
  NONBLOCKING_DATAGRAMS,
  SK_MEMINFO_DROPS,
  SO_MEMINFO,
  SOCKADDR_IN6_BYTES,
  SOL_SOCKET,
  type SocketCalls,
} from '../native/sockets.js';
import { writeSockaddr } from './address.js';
import { LocalSocket, type SocketOwner } from './local-socket.js';
import { readInto } from './receive-queue.js';
import type { Route } from './route.js';
import { gathered } from './send-batch.js';

const option = reserve(256);
const optionLength = reserve(4);

/** A socket of the Linux kernel, read and written many datagrams at a time. */
export class KernelSocket extends LocalSocket {
  private readonly receive = (messages: bigint, most: number) => this.calls.recvmmsg(this.fd, messages, most, 0, null);

  /**
   * @param port 0 for one that the system chooses
   * @throws Error with the kernel's `code` when the address cannot be bound
   */
  static open(calls: SocketCalls, address: string, port: number, owner: SocketOwner): KernelSocket {
    const fd = openBound(calls, address, port);
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    try {
      socket.bind({ fd, exclusive: true });
    } catch (error) {
      calls.close(fd);
      socket.close();
      throw error;
    }
    return new KernelSocket(address, socket, owner, calls, fd);
  }

  private constructor(
    address: string,
    socket: ReturnType<typeof createSocket>,
    owner: SocketOwner,
    private readonly calls: SocketCalls,
    private readonly fd: number,
  ) {
    super(address, socket, owner);
  }

  send(datagram: Buffer, { sockaddr }: Route): boolean {
    const { calls, fd, isClosed } = this;
    return this.count(!isClosed && calls.sendto(fd, datagram, datagram.length, 0, sockaddr, sockaddr.length) >= 0);
  }

  /** A datagram that is refused is left out; the rest goes on. */
  transmit(count: number): void {
    const { counters } = this.owner;
    for (let first = 0; first < count;) {
      const rest = gathered.address + BigInt(first * MMSGHDR_BYTES);
      const sent = this.isClosed ? 0 : this.calls.sendmmsg(this.fd, rest, count - first, 0);
      if (sent > 0) {
        counters.sent += sent;
        first += sent;
      } else {
        counters.sendRefusals += 1;
        first += 1;
      }
    }
  }

  read(most: number): number {
    return this.isClosed ? 0 : readInto(this, this.receive, most);
  }

  /** Datagrams that found its buffer full. */
  kernelDrops(): number {
    optionLength.bytes.writeUInt32LE(option.bytes.length);
    const failed = this.calls.getsockopt(this.fd, SOL_SOCKET, SO_MEMINFO, option.address, optionLength.address);
    return failed ? 0 : (arenaWords[option.offset / 4 + SK_MEMINFO_DROPS] ?? 0);
  }
}

/** @returns the file descriptor, which the caller closes */
function openBound(calls: SocketCalls, address: string, port: number): number {
  const sockaddr = Buffer.alloc(SOCKADDR_IN6_BYTES);
  const length = writeSockaddr(sockaddr, 0, { address, port });
  const fd = must('socket', calls.socket(isIPv6(address) ? AF_INET6 : AF_INET, NONBLOCKING_DATAGRAMS, 0));
  try {
    option.bytes.writeUInt32LE(1);
    // Else IPv4 would arrive here too, as ::ffff:a.b.c.d.
    if (isIPv6(address)) must('setsockopt', calls.setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, option.address, 4));
    must('bind', calls.bind(fd, sockaddr, length));
    return fd;
  } catch (error) {
    calls.close(fd);
    throw error;
  }
}

function must(call: string, result: number): number {
  if (result >= 0) return result;
  const code = getSystemErrorName(-errno());
  throw Object.assign(new Error(`${call}: ${code}`), { code });
}
