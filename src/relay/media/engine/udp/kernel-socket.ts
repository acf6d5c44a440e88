import { createSocket, type Socket } from 'node:dgram';
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
  SO_RCVBUF,
  SO_RCVBUFFORCE,
  SO_SNDBUF,
  SO_SNDBUFFORCE,
  SOCKADDR_IN6_BYTES,
  SOL_SOCKET,
  type SocketCalls,
} from '../native/sockets.js';
import { portAt, writeSockaddr } from './address.js';
import type { BatchMemory } from './batch-memory.js';
import type { Inbox, Source } from './inbox.js';
import { RECEIVE_SLOTS, type ReceiveSlots } from './receive-slots.js';
import type { Route } from './route.js';
import { SendBatch } from './send-batch.js';
import { nextSocketId, SOCKET_BUFFER_BYTES, type PortSocket, type SocketCounters } from './udp-socket.js';

/** More than the kernel keeps in 4 MB. */
const MAX_ROUNDS = 512;

const option = reserve(256);
const optionLength = reserve(4);

/** A socket of the Linux kernel, read and written many datagrams at a time. `node:dgram` owns it, and tells when it is readable. */
export class KernelSocket implements PortSocket, Source {
  readonly id = nextSocketId();
  readonly port: number;
  readonly batch: SendBatch;
  isClosed = false;
  private readonly fd: number;
  private refused = 0;
  private sent = 0;
  private drops = 0;
  private readonly owner: Socket;

  /** @throws Error with the `code` of the kernel when the address cannot be bound */
  constructor(
    private readonly calls: SocketCalls,
    readonly address: string,
    port: number,
    private readonly inbox: Inbox,
  ) {
    this.fd = must(calls.socket(isIPv6(address) ? AF_INET6 : AF_INET, NONBLOCKING_DATAGRAMS, 0), 'socket');
    this.owner = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    try {
      this.port = this.bind(port);
      this.owner.bind({ fd: this.fd, exclusive: true });
    } catch (error) {
      calls.close(this.fd);
      this.owner.close();
      throw error;
    }
    this.batch = new SendBatch((memory, count) => this.transmit(memory, count));
    // It hands over one datagram, at most 32 times in a row; what waits behind each is read in one go.
    this.owner.on('message', (bytes, from) => {
      this.inbox.accept(this, bytes, from);
      if (!this.isClosed) this.inbox.receive(this);
    });
    // Only reading can fail here, and it is tried again with the next datagram.
    this.owner.on('error', () => undefined);
  }

  send(datagram: Buffer, { sockaddr }: Route): boolean {
    const isSent =
      !this.isClosed && this.calls.sendto(this.fd, datagram, datagram.length, 0, sockaddr, sockaddr.length) >= 0;
    if (isSent) this.sent += 1;
    else this.refused += 1;
    return isSent;
  }

  read(slots: ReceiveSlots): number {
    return this.isClosed ? 0 : slots.receive(this.calls, this.fd, this.id);
  }

  drain(): void {
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      if (this.inbox.readAside(this) < RECEIVE_SLOTS) return;
    }
  }

  receiveAll(): void {
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      if (this.inbox.receive(this) < RECEIVE_SLOTS) return;
    }
  }

  counters(): SocketCounters {
    if (!this.isClosed) {
      optionLength.bytes.writeUInt32LE(option.bytes.length);
      this.calls.getsockopt(this.fd, SOL_SOCKET, SO_MEMINFO, option.address, optionLength.address);
      this.drops = arenaWords[option.offset / 4 + SK_MEMINFO_DROPS] ?? 0;
    }
    return {
      sent: this.sent + this.batch.sent,
      sendRefusals: this.refused + this.batch.refused,
      kernelDrops: this.drops,
    };
  }

  close(): void {
    if (this.isClosed) return;
    this.counters();
    this.isClosed = true;
    this.batch.close();
    this.owner.close();
  }

  private bind(port: number): number {
    const { calls, fd, address } = this;
    // Else IPv4 would arrive here too, as ::ffff:a.b.c.d.
    if (isIPv6(address)) this.setOption(IPPROTO_IPV6, IPV6_V6ONLY, 1);
    this.enlarge(SO_RCVBUFFORCE, SO_RCVBUF);
    this.enlarge(SO_SNDBUFFORCE, SO_SNDBUF);
    const sockaddr = Buffer.alloc(SOCKADDR_IN6_BYTES);
    must(calls.bind(fd, sockaddr, writeSockaddr(sockaddr, 0, { address, port })), 'bind');
    optionLength.bytes.writeUInt32LE(sockaddr.length);
    must(calls.getsockname(fd, option.address, optionLength.address), 'getsockname');
    return portAt(option.bytes, 0);
  }

  /** As far as it is allowed: less serves too, with more losses under load. */
  private enlarge(force: number, plain: number): void {
    if (this.setOption(SOL_SOCKET, force, SOCKET_BUFFER_BYTES) < 0) {
      this.setOption(SOL_SOCKET, plain, SOCKET_BUFFER_BYTES);
    }
  }

  private setOption(level: number, name: number, value: number): number {
    option.bytes.writeUInt32LE(value);
    return this.calls.setsockopt(this.fd, level, name, option.address, 4);
  }

  /** A datagram that is refused is left out; the rest goes on. */
  private transmit({ messages }: BatchMemory, count: number): number {
    let refused = 0;
    for (let first = 0; first < count;) {
      const rest = messages.address + BigInt(first * MMSGHDR_BYTES);
      const sent = this.calls.sendmmsg(this.fd, rest, count - first, 0);
      if (sent > 0) first += sent;
      else {
        first += 1;
        refused += 1;
      }
    }
    return refused;
  }
}

function must(result: number, call: string): number {
  if (result >= 0) return result;
  const code = getSystemErrorName(-errno());
  throw Object.assign(new Error(`${call}: ${code}`), { code });
}
