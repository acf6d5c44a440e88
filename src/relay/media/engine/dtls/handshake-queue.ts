/** How long handshakes may hold up one turn of the event loop; a step that has begun (up to about 1.5 ms) is finished. */
const TURN_MS = 2.5;
/** Of all peers: about 10,000 datagrams of a common handshake. What comes beyond is dropped, and sent again by its sender. */
const MAX_BYTES = 4 * 1024 * 1024;
/** Of one peer: several flights, each sent again. */
const MAX_BYTES_OF_ONE = 32 * 1024;

/** Whose datagrams wait. */
export interface HandshakeInbox {
  readonly isOpen: boolean;
  take(datagram: Buffer): void;
}

interface Waiting {
  readonly inbox: HandshakeInbox;
  readonly datagram: Buffer;
}

/**
 * Datagrams of handshakes, first come, first served. A handshake costs as much as a thousand packets, so a crowd that joins
 * waits in here, a few milliseconds a turn, and packets pass between the turns.
 */
export class HandshakeQueue {
  private waiting: Waiting[] = [];
  /** Of `waiting`, from its beginning. */
  private done = 0;
  private bytes = 0;
  private readonly bytesOf = new Map<HandshakeInbox, number>();
  private scheduled = false;
  /** Datagrams for which there was no room. */
  dropped = 0;

  /** @param onError is told of what an inbox throws; the others are served all the same */
  constructor(private readonly onError: (error: unknown) => void) {}

  /** Datagrams that wait. */
  get length(): number {
    return this.waiting.length - this.done;
  }

  /** Copies the datagram. */
  add(inbox: HandshakeInbox, datagram: Buffer): void {
    const ofOne = (this.bytesOf.get(inbox) ?? 0) + datagram.length;
    if (ofOne > MAX_BYTES_OF_ONE || this.bytes + datagram.length > MAX_BYTES) {
      this.dropped += 1;
      return;
    }
    this.bytes += datagram.length;
    this.bytesOf.set(inbox, ofOne);
    this.waiting.push({ inbox, datagram: Buffer.from(datagram) });
    this.schedule();
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.runTurn();
      if (this.length > 0) this.schedule();
    });
  }

  private runTurn(): void {
    const end = performance.now() + TURN_MS;
    for (const waiting of this.waiting) {
      this.done += 1;
      this.serve(waiting);
      if (performance.now() >= end) break;
    }
    // What is done goes in one piece: to shift an array of thousands costs more than a handshake.
    this.waiting.splice(0, this.done);
    this.done = 0;
  }

  private serve({ inbox, datagram }: Waiting): void {
    this.bytes -= datagram.length;
    const left = (this.bytesOf.get(inbox) ?? 0) - datagram.length;
    if (left > 0) this.bytesOf.set(inbox, left);
    else this.bytesOf.delete(inbox);
    if (!inbox.isOpen) return;
    try {
      inbox.take(datagram);
    } catch (error) {
      this.onError(error);
    }
  }
}
