import type { RemoteInfo } from 'node:dgram';
import { arenaBytes } from '../native/memory.js';
import { isLinkLocalAt, portAt, SOCKET_ID_BYTES, writeSockaddr } from './address.js';
import { Backlog } from './backlog.js';
import { Arrival, type Incoming } from './incoming.js';
import { MAX_RECEIVED_BYTES, NAME_BYTES, ReceiveSlots } from './receive-slots.js';
import type { UdpSocket } from './udp-socket.js';

/** At most so many are handed on before timers and messages have their turn. */
const MAX_IN_A_ROW = 1024;

/** A socket as whoever reads it sees it. */
export interface Source extends UdpSocket {
  readonly id: number;
  readonly isClosed: boolean;
  /** As `ReceiveSlots.receive`; 0 when nothing waits. */
  read(slots: ReceiveSlots): number;
}

export interface InboxHandlers {
  onDatagram(datagram: Incoming): void;
  /** A handler threw, which costs its datagram only. Must not throw itself. */
  onError(error: unknown): void;
}

/** For datagrams that are handed on at once, and for those that are put aside meanwhile: all ports share them. */
const direct = new ReceiveSlots();
const aside = new ReceiveSlots();
let directIsLent = false;
const sender = Buffer.alloc(NAME_BYTES);

/** Hands the datagrams of all sockets of a port to one handler, one after the other: a handler is never called within one. */
export class Inbox {
  received = 0;
  truncated = 0;
  private readonly backlog = new Backlog<Source>();
  private arrival: Arrival | undefined;
  private isHandling = false;
  private later: NodeJS.Immediate | undefined;
  private isResting = false;

  constructor(private readonly handlers: InboxHandlers) {}

  /** One that `node:dgram` read. */
  accept(source: Source, bytes: Buffer, from: RemoteInfo): void {
    // A zone is what link-local addresses have.
    if (from.address.includes('%')) return;
    if (bytes.length > MAX_RECEIVED_BYTES) {
      this.truncated += 1;
      return;
    }
    this.handBacklog();
    sender.writeUInt32LE(source.id, 0);
    writeSockaddr(sender, SOCKET_ID_BYTES, from);
    if (this.backlog.isEmpty) this.hand(source, bytes, sender, SOCKET_ID_BYTES);
    else this.putAside(source, bytes, sender, SOCKET_ID_BYTES);
  }

  /**
   * Reads once and hands on; within a handler, and while others still wait, puts aside instead.
   *
   * @returns how many were read
   */
  receive(source: Source): number {
    if (this.isHandling || directIsLent) return this.readAside(source);
    this.handBacklog();
    if (!this.backlog.isEmpty) return this.readAside(source);
    const count = source.read(direct);
    directIsLent = true;
    try {
      for (let index = 0; index < count && !source.isClosed; index += 1) {
        if (direct.isTruncated(index)) this.truncated += 1;
        else this.hand(source, direct.bytesOf(index), arenaBytes, direct.nameAt(index));
      }
    } finally {
      directIsLent = false;
    }
    this.handBacklog();
    return count;
  }

  /**
   * Reads once and puts aside, for the time after the running handler.
   *
   * @returns how many were read; 0 also when there is no room for more
   */
  readAside(source: Source): number {
    if (this.backlog.isFull) return 0;
    const count = source.read(aside);
    for (let index = 0; index < count; index += 1) {
      if (aside.isTruncated(index)) this.truncated += 1;
      else this.putAside(source, aside.bytesOf(index), arenaBytes, aside.nameAt(index));
    }
    return count;
  }

  close(): void {
    clearImmediate(this.later);
    this.backlog.clear();
  }

  private putAside(source: Source, bytes: Buffer, memory: Buffer, at: number): void {
    this.backlog.add(source, bytes, memory.subarray(at - SOCKET_ID_BYTES, at - SOCKET_ID_BYTES + NAME_BYTES));
    this.handLater();
  }

  private handLater(): void {
    this.later ??= setImmediate(() => {
      this.later = undefined;
      this.isResting = false;
      this.handBacklog();
    });
  }

  private handBacklog(): void {
    if (this.isHandling || this.isResting) return;
    for (let count = 0; count < MAX_IN_A_ROW; count += 1) {
      const kept = this.backlog.take();
      if (kept === undefined) return;
      const { source, memory } = kept;
      if (!source.isClosed) this.hand(source, memory.subarray(NAME_BYTES), memory, SOCKET_ID_BYTES);
    }
    this.isResting = true;
    this.handLater();
  }

  private hand(source: Source, bytes: Buffer, memory: Buffer, at: number): void {
    // Nobody can be answered at port 0, nor by us at an address that has a zone; and no protocol here has empty datagrams.
    if (bytes.length === 0 || portAt(memory, at) === 0 || isLinkLocalAt(memory, at)) return;
    this.received += 1;
    this.arrival ??= new Arrival(source, bytes);
    this.arrival.set(source, bytes, memory, at);
    this.isHandling = true;
    try {
      this.handlers.onDatagram(this.arrival);
    } catch (error) {
      this.handlers.onError(error);
    } finally {
      this.isHandling = false;
    }
  }
}
