import type { PeerRecords } from './peer-records.js';
import { ALERT, HANDSHAKE, readRecords } from './records.js';

const FINISHED = 20;
/** A peer that misses the last flight asks for it with a Finished of its own; more often it is not missing. */
const MAX_REPEATS = 3;
const FATAL = 2;
const CLOSE_NOTIFY = 0;

/** What is kept of an association whose OpenSSL object is freed: enough to say goodbye and to hear it. */
export class RestingAssociation {
  private readonly ourGoodbye: Buffer | undefined;
  private readonly lastFlight: readonly Buffer[];
  private repeats = 0;

  /**
   * @param peer wiped with the association
   * @param goodbye our close_notify, made beforehand; undefined when OpenSSL made none
   * @param lastFlight what ended the handshake; empty when the peer ended it
   */
  constructor(
    private readonly peer: PeerRecords,
    goodbye: Buffer | undefined,
    lastFlight: readonly Buffer[],
    private readonly send: (datagram: Buffer) => void,
  ) {
    this.ourGoodbye = goodbye && alone(goodbye);
    this.lastFlight = lastFlight.map(alone);
  }

  /** @returns `left` for the peer's goodbye, `failed` for its fatal alert */
  receive(datagram: Buffer): 'left' | 'failed' | undefined {
    for (const record of readRecords(datagram)) {
      if (record.type !== ALERT && record.type !== HANDSHAKE) continue;
      const inside = this.peer.open(record);
      if (inside === undefined) continue;
      if (record.type === HANDSHAKE) this.repeatLastFlight(inside);
      else if (inside.length === 2 && inside[1] === CLOSE_NOTIFY) return 'left';
      else if (inside.length === 2 && inside[0] === FATAL) return 'failed';
    }
    return undefined;
  }

  /** The same each time. */
  goodbye(): Buffer | undefined {
    return this.ourGoodbye;
  }

  /** Wipes its keys. */
  free(): void {
    this.peer.wipe();
  }

  private repeatLastFlight(message: Buffer): void {
    if (message[0] !== FINISHED || this.repeats >= MAX_REPEATS) return;
    this.repeats += 1;
    for (const datagram of this.lastFlight) this.send(datagram);
  }
}

/** A copy that does not keep the block of 8 kB alive that Node.js cuts small buffers from. */
function alone(bytes: Buffer): Buffer {
  const copy = Buffer.alloc(bytes.length);
  bytes.copy(copy);
  return copy;
}
