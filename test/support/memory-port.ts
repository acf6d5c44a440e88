import type { EnginePort } from '../../src/relay/media/engine/media-engine.js';
import { arenaBytes } from '../../src/relay/media/engine/native/memory.js';
import { readSockaddr, type RemoteAddress } from '../../src/relay/media/engine/udp/address.js';
import { enqueue, handOn, type Receiver } from '../../src/relay/media/engine/udp/receive-queue.js';
import { gatheredDatagram, gatheredNameAt, SendBatch } from '../../src/relay/media/engine/udp/send-batch.js';

/** A port of an engine without a network: whoever has an address here sends and gets datagrams by calls of functions. */
export class MemoryPort implements EnginePort {
  readonly port = 49_152;
  sent = 0;
  private readonly receivers = new Map<string, (datagram: Buffer) => void>();
  private readonly socket: Receiver;

  constructor(handlers: Pick<Receiver['owner'], 'onDatagram' | 'onError'>) {
    this.socket = {
      // No socket of the process has this number.
      id: 0,
      address: '192.0.2.1',
      port: this.port,
      batch: new SendBatch({ transmit: (count) => this.transmit(count) }),
      isClosed: false,
      owner: { ...handlers, counters: { received: 0, truncated: 0 } },
      send: (datagram, to) => this.hand(Buffer.from(datagram), to),
    };
  }

  get counters(): EnginePort['counters'] {
    return { ...this.socket.owner.counters, sent: this.sent, sendRefusals: 0, kernelDrops: 0 };
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
  send(datagram: Buffer, from: RemoteAddress): void {
    enqueue(this.socket, datagram, from);
    handOn();
  }

  drain(): void {
    // Nothing waits here.
  }

  close(): void {
    Object.assign(this.socket, { isClosed: true });
  }

  private hand(datagram: Buffer, { address, port }: RemoteAddress): boolean {
    this.sent += 1;
    this.receivers.get(`${address} ${port}`)?.(datagram);
    return true;
  }

  private transmit(count: number): void {
    for (let index = 0; index < count; index += 1) {
      this.hand(Buffer.from(gatheredDatagram(index)), readSockaddr(arenaBytes, gatheredNameAt(index)));
    }
  }
}
