import { arenaBytes, arenaWords, reserve, type Region } from '../../../src/relay/media/engine/native/memory.js';
import {
  AF_INET,
  IOVEC_BYTES,
  MMSGHDR,
  MMSGHDR_BYTES,
  NONBLOCKING_DATAGRAMS,
  SOCKADDR_IN_BYTES,
  SOCKETS,
  SOL_SOCKET,
  type SocketCalls,
} from '../../../src/relay/media/engine/native/sockets.js';
import { portAt, writeSockaddr } from '../../../src/relay/media/engine/udp/address.js';
import {
  EPOLL_CLOEXEC,
  epoll_create1,
  epoll_ctl,
  EPOLL_CTL_ADD,
  EPOLL_DATA_AT,
  EPOLL_EVENT_BYTES,
  epoll_wait,
  EPOLLIN,
  eventLoopFd,
  getsockname,
  monotonicMinusRealtimeMs,
  poll,
  POLLFD_BYTES,
  POLLIN,
  SO_TIMESTAMPNS,
  TIMESTAMP_AT,
  TIMESTAMP_CONTROL_BYTES,
  timespecMs,
} from './system-calls.js';

/** Of a socket at one look: a listener's packets are 20 ms apart. */
const SLOTS = 4;
const SLOT_BYTES = 2_048;
const EVENTS = 256;
/** How long what the event loop was not told of yet, such as a new connection, may have to wait. */
const WAIT_MS = 1;
const CONTROL = { address: 32, length: 40 };
const CLOCKS_COMPARED_EVERY_MS = 1_000;

/** @param arrivedAtMs when the kernel had it for this socket, on CLOCK_MONOTONIC */
export type OnDatagram = (memory: Buffer, at: number, length: number, arrivedAtMs: number) => void;

/**
 * Thousands of UDP sockets of one process, each a listener's own as on thousands of phones, read at about 2 µs a datagram:
 * `node:dgram` takes five times that. The process waits for them and for its event loop at once.
 */
export class LightSockets {
  private readonly calls: SocketCalls;
  private readonly epoll = epoll_create1(EPOLL_CLOEXEC);
  private readonly receivers = new Map<number, OnDatagram>();
  private readonly slots = reserve(SLOTS * SLOT_BYTES);
  private readonly messages = reserve(SLOTS * MMSGHDR_BYTES);
  private readonly controls = reserve(SLOTS * TIMESTAMP_CONTROL_BYTES);
  private readonly events = reserve(EVENTS * EPOLL_EVENT_BYTES);
  private readonly waits = reserve(2 * POLLFD_BYTES);
  private clockOffsetMs = monotonicMinusRealtimeMs();

  /** @param isBusy whether this process has work that must not wait for datagrams */
  constructor(private readonly isBusy: () => boolean) {
    if (SOCKETS === undefined) throw new Error('light listeners need Linux: use --peers libdatachannel');
    this.calls = SOCKETS;
    this.layOut(reserve(SLOTS * IOVEC_BYTES));
    for (const [index, fd] of [this.epoll, eventLoopFd()].entries()) {
      this.waits.bytes.writeInt32LE(fd, index * POLLFD_BYTES);
      this.waits.bytes.writeUInt16LE(POLLIN, index * POLLFD_BYTES + 4);
    }
    setInterval(() => (this.clockOffsetMs = monotonicMinusRealtimeMs()), CLOCKS_COMPARED_EVERY_MS).unref();
    setImmediate(this.turn);
  }

  /** @throws Error when there is no socket left to have */
  open(address: string, onDatagram: OnDatagram): LightSocket {
    const { calls, epoll } = this;
    const fd = must(calls.socket(AF_INET, NONBLOCKING_DATAGRAMS, 0));
    const sockaddr = Buffer.alloc(SOCKADDR_IN_BYTES);
    writeSockaddr(sockaddr, 0, { address, port: 0 });
    must(calls.bind(fd, sockaddr, sockaddr.length));
    const value = Buffer.alloc(4);
    value.writeUInt32LE(sockaddr.length);
    must(getsockname(fd, sockaddr, value));
    value.writeUInt32LE(1);
    must(calls.setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, value, value.length));
    const event = Buffer.alloc(EPOLL_EVENT_BYTES);
    event.writeUInt32LE(EPOLLIN, 0);
    event.writeUInt32LE(fd, EPOLL_DATA_AT);
    must(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, event));
    this.receivers.set(fd, onDatagram);
    return {
      port: portAt(sockaddr, 0),
      send: (datagram, to) => void calls.sendto(fd, datagram, datagram.length, 0, to, to.length),
      close: () => {
        if (this.receivers.delete(fd)) calls.close(fd);
      },
    };
  }

  private readonly turn = (): void => {
    poll(this.waits.address, 2, this.isBusy() ? 0 : WAIT_MS);
    const ready = epoll_wait(this.epoll, this.events.address, EVENTS, 0);
    for (let index = 0; index < ready; index += 1) {
      this.read(this.events.bytes.readUInt32LE(index * EPOLL_EVENT_BYTES + EPOLL_DATA_AT));
    }
    setImmediate(this.turn);
  };

  private read(fd: number): void {
    const onDatagram = this.receivers.get(fd);
    if (onDatagram === undefined) return;
    const { messages, slots, controls } = this;
    for (let slot = 0; slot < SLOTS; slot += 1)
      arenaWords[wordOf(messages, slot, CONTROL.length)] = TIMESTAMP_CONTROL_BYTES;
    const count = this.calls.recvmmsg(fd, messages.address, SLOTS, 0, null);
    for (let slot = 0; slot < count; slot += 1) {
      const arrivedAtMs =
        timespecMs(controls.bytes, slot * TIMESTAMP_CONTROL_BYTES + TIMESTAMP_AT) + this.clockOffsetMs;
      const length = arenaWords[wordOf(messages, slot, MMSGHDR.received)] ?? 0;
      onDatagram(arenaBytes, slots.offset + slot * SLOT_BYTES, length, arrivedAtMs);
    }
  }

  private layOut(vectors: Region): void {
    for (let slot = 0; slot < SLOTS; slot += 1) {
      const at = slot * MMSGHDR_BYTES;
      const vector = slot * IOVEC_BYTES;
      this.messages.bytes.writeBigUInt64LE(vectors.address + BigInt(vector), at + MMSGHDR.iov);
      this.messages.bytes.writeBigUInt64LE(1n, at + MMSGHDR.iovLength);
      const control = this.controls.address + BigInt(slot * TIMESTAMP_CONTROL_BYTES);
      this.messages.bytes.writeBigUInt64LE(control, at + CONTROL.address);
      vectors.bytes.writeBigUInt64LE(this.slots.address + BigInt(slot * SLOT_BYTES), vector);
      vectors.bytes.writeBigUInt64LE(BigInt(SLOT_BYTES), vector + 8);
    }
  }
}

export interface LightSocket {
  readonly port: number;
  /** @param to a `struct sockaddr_in` */
  send(datagram: Buffer, to: Buffer): void;
  close(): void;
}

function wordOf(messages: Region, slot: number, part: number): number {
  return (messages.offset + slot * MMSGHDR_BYTES + part) / 4;
}

function must(result: number): number {
  if (result < 0) throw new Error('a socket of a listener could not be opened; is `ulimit -n` large enough?');
  return result;
}
