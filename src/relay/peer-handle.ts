import type { PeerCloseReason, PeerRole } from './media-protocol.js';
import type { ClientLabel, ListenerEntry, PeerOffer, PeerOrigin, PeerState } from './relay.types.js';
import type { WorkerSlot } from './worker-slot.js';

/** What the main process knows of one peer on a media worker. */
export class PeerHandle {
  state: PeerState = 'connecting';
  /** Whether it ever was connected; `state` forgets at the end. */
  wasConnected = false;
  /** Whether sound passed: in from a broadcaster, out to a listener. */
  flowing = false;
  readonly offeredAtMs = performance.now();
  readonly connectionID: ClientLabel;
  readonly version: ClientLabel | undefined;
  readonly origin: PeerOrigin;
  private readonly triesTurnNext: boolean;

  constructor(
    readonly peerId: string,
    readonly role: PeerRole,
    /** Order among the broadcasters of a broadcast; that of the newest one for a listener. */
    readonly generation: number,
    readonly worker: WorkerSlot,
    /** See `ReturningClients`. */
    readonly clientKey: string,
    /** Whether there was sound to wait for when its offer came. */
    readonly cameToLive: boolean,
    offer: PeerOffer,
  ) {
    this.connectionID = offer.connectionID;
    this.version = offer.version;
    this.triesTurnNext = offer.triesTurnNext ?? false;
    const { requestId, clientAddress, actor } = offer;
    this.origin = { requestId, clientAddress, actor };
  }

  get secondsSinceOffer(): number {
    return (performance.now() - this.offeredAtMs) / 1_000;
  }

  /** Why it ended, for those who count: no listener is lost who tries again by way of TURN. */
  endOf(reason: PeerCloseReason): PeerCloseReason {
    const neverConnected = reason === 'connect_timeout' || (reason === 'failed' && !this.wasConnected);
    return neverConnected && this.triesTurnNext ? 'no_direct_path' : reason;
  }

  entry(): ListenerEntry {
    return { connectionID: this.connectionID, version: this.version, state: this.state, randomID: this.peerId };
  }
}
