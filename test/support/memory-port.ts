import type { EnginePort } from '../../src/relay/media/engine/media-engine.js';
import { arenaBytes, arenaWords } from '../../src/relay/media/engine/native/memory.js';
import { IOVEC_BYTES } from '../../src/relay/media/engine/native/sockets.js';
import { readSockaddr, type RemoteAddress } from '../../src/relay/media/engine/udp/address.js';
import { type BatchMemory, NAME_BYTES } from '../../src/relay/media/engine/udp/batch-memory.js';
import { Inbox, type InboxHandlers, type Source } from '../../src/relay/media/engine/udp/inbox.js';
import { SendBatch } from '../../src/relay/media/engine/udp/send-batch.js';
import { nextSocketId } from '../../src/relay/media/engine/udp/udp-socket.js';

/** Of an `mmsghdr`'s `iovec`, in words: where its datagram is, and how long it is. */
const LENGTH_WORD = 2;

/** A port of an engine without a network: whoever has an address here sends and gets datagrams by calls of functions. */
export class MemoryPort implements EnginePort {
  readonly port = 49_152;
  sent = 0;
  private readonly inbox: Inbox;
  private readonly receivers = new Map<string, (datagram: Buffer) => void>();
  private readonly socket: Source;

  constructor(handlers: InboxHandlers) {
    this.inbox = new Inbox(handlers);
    this.socket = {
      id: nextSocketId(),
      address: '192.0.2.1',
      port: this.port,
      batch: new SendBatch((memory, count) => this.transmit(memory, count)),
      isClosed: false,
      send: (datagram, to) => this.hand(Buffer.from(datagram), to),
      read: () => 0,
      drain: () => undefined,
    };
  }

  get counters(): EnginePort['counters'] {
    const { received, truncated } = this.inbox;
    return { received, truncated, sent: this.sent, sendRefusals: 0, kernelDrops: 0 };
  }

  addresses(): readonly string[] {
    return [this.socket.address];
  }

  /** What the engine sends to this address goes to the function; undefined: nobody is there any more. */
  listen({ address, port }: RemoteAddress, receive: ((datagram: Buffer) => void) | undefined): void {
    if (receive === undefined) this.receivers.delete(`${address} ${port}`);
    else this.receivers.set(`${address} ${port}`, receive);
  }

  /** To the engine, from whoever the sender says that it is. Not from within a handler of the engine's. */
  send(datagram: Buffer, { address, port }: RemoteAddress): void {
    const family = address.includes(':') ? 'IPv6' : 'IPv4';
    // Into memory that the next datagram overwrites, as the kernel does.
    const bytes = shared.subarray(0, datagram.copy(shared));
    this.inbox.accept(this.socket, bytes, { address, port, family, size: bytes.length });
  }

  drain(): void {
    this.socket.drain();
  }

  close(): void {
    this.socket.batch.close();
    this.inbox.close();
  }

  private hand(datagram: Buffer, { address, port }: RemoteAddress): boolean {
    this.sent += 1;
    this.receivers.get(`${address} ${port}`)?.(datagram);
    return true;
  }

  private transmit({ slots, vectors, names }: BatchMemory, count: number): number {
    const first = vectors.offset / 4;
    for (let index = 0; index < count; index += 1) {
      const vector = first + (index * IOVEC_BYTES) / 4;
      const at = slots.offset + (((arenaWords[vector] ?? 0) - (arenaWords[first] ?? 0)) >>> 0);
      const datagram = arenaBytes.subarray(at, at + (arenaWords[vector + LENGTH_WORD] ?? 0));
      this.hand(Buffer.from(datagram), readSockaddr(arenaBytes, names.offset + index * NAME_BYTES));
    }
    return 0;
  }
}

const shared = Buffer.alloc(0x10000);
