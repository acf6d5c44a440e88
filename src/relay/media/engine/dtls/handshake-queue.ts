/** How long handshakes may hold up one turn of the event loop; a step that has begun (up to about 1.5 ms) is finished. */
const TURN_MS = 2.5;
/** Of all peers: about 10,000 datagrams of a common handshake. What comes beyond is dropped, and sent again by its sender. */
const MAX_BYTES = 4 * 1024 * 1024;
/** Of one peer: several flights, each sent again. */
const MAX_BYTES_OF_ONE = 32 * 1024;
/** What a datagram counts for at least: small ones are kept and served at the cost of larger ones. */
const MIN_BYTES = 256;

/** Whose work waits. */
export interface HandshakeOwner {
  /** What waits for one that is not is passed over. */
  readonly isOpen: boolean;
}

interface Waiting {
  readonly owner: HandshakeOwner;
  readonly bytes: number;
  readonly work: () => void;
}

/**
 * Work for handshakes, first come, first served. A handshake costs as much as a thousand packets, so a crowd that joins waits
 * in here, a few milliseconds a turn, and packets pass between the turns.
 */
export class HandshakeQueue {
  private waiting: Waiting[] = [];
  /** Of `waiting`, from its beginning. */
  private done = 0;
  private bytes = 0;
  private readonly bytesOf = new Map<HandshakeOwner, number>();
  private scheduled = false;

  /** @param onError is told of what the work throws; the others are served all the same */
  constructor(private readonly onError: (error: unknown) => void) {}

  /** How much of it waits. */
  get length(): number {
    return this.waiting.length - this.done;
  }

  /** For a datagram that came in, which is copied. Without room it is dropped. */
  addDatagram(owner: HandshakeOwner, datagram: Buffer, work: (copy: Buffer) => void): void {
    const length = Math.max(datagram.length, MIN_BYTES);
    const ofOwner = (this.bytesOf.get(owner) ?? 0) + length;
    if (ofOwner > MAX_BYTES_OF_ONE || this.bytes + length > MAX_BYTES) return;
    this.bytes += length;
    this.bytesOf.set(owner, ofOwner);
    const copy = Buffer.from(datagram);
    this.add(owner, () => work(copy), length);
  }

  /** For what the owner does by itself: never dropped, so the owner bounds it. */
  add(owner: HandshakeOwner, work: () => void, bytes = 0): void {
    this.waiting.push({ owner, bytes, work });
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

  private serve({ owner, bytes, work }: Waiting): void {
    this.bytes -= bytes;
    const left = (this.bytesOf.get(owner) ?? 0) - bytes;
    if (left > 0) this.bytesOf.set(owner, left);
    else this.bytesOf.delete(owner);
    if (!owner.isOpen) return;
    try {
      work();
    } catch (error) {
      this.onError(error);
    }
  }
}
