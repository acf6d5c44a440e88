import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { MMSGHDR_BYTES, type SocketCalls } from '../native/sockets.js';
import type { Destination } from './address.js';
import type { BatchMemory } from './batch-memory.js';
import type { Inbox, Source } from './inbox.js';
import { dropsOf, openBound, portOf } from './kernel-calls.js';
import { RECEIVE_SLOTS, type ReceiveSlots } from './receive-slots.js';
import { SendBatch } from './send-batch.js';
import { nextSocketId, type PortSocket, type SocketCounters } from './udp-socket.js';

/** More than the kernel keeps in its buffer: a flood that goes on does not hold us for ever. */
const MAX_ROUNDS = 512;

/** A socket of the Linux kernel, read and written many datagrams at a time. `node:dgram` owns it, and tells when it is readable. */
export class KernelSocket implements PortSocket, Source {
  readonly id = nextSocketId();
  readonly port: number;
  readonly batch: SendBatch;
  isClosed = false;
  private readonly fd: number;
  private readonly owner: Socket;
  private refused = 0;
  private sent = 0;
  private drops = 0;

  /** @throws Error with the `code` of the kernel when the address cannot be bound */
  constructor(
    private readonly calls: SocketCalls,
    readonly address: string,
    port: number,
    private readonly inbox: Inbox,
  ) {
    this.fd = openBound(calls, address, port);
    this.owner = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    try {
      this.port = portOf(calls, this.fd);
      this.owner.bind({ fd: this.fd, exclusive: true });
    } catch (error) {
      calls.close(this.fd);
      this.owner.close();
      throw error;
    }
    this.batch = new SendBatch((memory, count) => this.transmit(memory, count));
    // It hands over one datagram, at most 32 times in a row; what waits behind each is read in one go.
    this.owner.on('message', (bytes, from) => {
      inbox.accept(this, bytes, from);
      if (!this.isClosed) inbox.receive(this);
    });
    // Only reading can fail here, and it is tried again with the next datagram.
    this.owner.on('error', () => undefined);
  }

  send(datagram: Buffer, { sockaddr }: Destination): boolean {
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

  counters(): SocketCounters {
    if (!this.isClosed) this.drops = dropsOf(this.calls, this.fd);
    const { sent, refused } = this.batch;
    return { sent: this.sent + sent, sendRefusals: this.refused + refused, kernelDrops: this.drops };
  }

  close(): void {
    if (this.isClosed) return;
    this.drops = dropsOf(this.calls, this.fd);
    // From here on the number of the descriptor may be that of another socket.
    this.isClosed = true;
    this.batch.close();
    this.owner.close();
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
