import { randomUUID } from 'node:crypto';
import type { LimitsConfig } from '../config/app-config.js';
import { AppError, CapacityError, MediaUnavailableError } from '../errors/app-error.js';
import { CrowdMemory } from '../process/crowd-memory.js';
import type { BroadcastSession } from './broadcast-session.js';
import { ConnectingPeers } from './connecting-peers.js';
import type { PeerCloseReason, PeerRole } from './media-protocol.js';
import { PeerHandle } from './peer-handle.js';
import type { RelayLog } from './relay-log.js';
import type { PeerOffer } from './relay.types.js';
import { ReturningClients, type Answered } from './returning-clients.js';
import type { ReducedOffer } from './sdp/reduced-offer.js';
import type { WorkerSlot } from './worker-slot.js';

const REFUSED_BY_WORKER = 'The media part of the server could not take this peer; try again in a moment.';

export interface OpenPeer {
  readonly handle: PeerHandle;
  readonly session: BroadcastSession;
}

/** An offer that was read, and whose it is. */
export interface ReadOffer {
  readonly offer: PeerOffer;
  readonly reduced: ReducedOffer;
  readonly clientKey: string;
}

/** The peers that there are, each on its worker and in its broadcast, from the offer that brings them to their end. */
export class OpenPeers {
  readonly clients = new ReturningClients();
  private readonly peers = new Map<string, OpenPeer>();
  private readonly connecting: ConnectingPeers;
  private readonly memory = new CrowdMemory();
  private listeners = 0;

  /** @param onGone told of every peer that ends, once nothing knows it any more */
  constructor(
    private readonly limits: LimitsConfig,
    private readonly log: RelayLog,
    private readonly onGone: (peer: OpenPeer, reason: PeerCloseReason) => void,
  ) {
    this.connecting = new ConnectingPeers(limits.maxConnectingPerAddress);
  }

  get listenerCount(): number {
    return this.listeners;
  }

  get(peerId: string): OpenPeer | undefined {
    return this.peers.get(peerId);
  }

  /**
   * A client that comes again takes the place that it has.
   *
   * @throws CapacityError when there is no room for another listener
   */
  assertRoomForListener(session: BroadcastSession, { clientKey, offer }: ReadOffer): void {
    const { maxListeners, maxListenersPerBroadcast } = this.limits;
    if (this.clients.peerOf(clientKey) === undefined) {
      if (this.listeners >= maxListeners) throw new CapacityError('The server has no room for another listener.');
      if (session.listeners.size >= maxListenersPerBroadcast) {
        throw new CapacityError('This broadcast has no room for another listener.');
      }
    }
    this.connecting.assertRoom(offer.addressKey);
  }

  add(session: BroadcastSession, role: PeerRole, worker: WorkerSlot, { offer, clientKey }: ReadOffer): PeerHandle {
    const generation = role === 'broadcaster' ? session.nextGeneration() : session.currentGeneration;
    const cameToLive = session.state === 'live';
    const handle = new PeerHandle(randomUUID(), role, generation, worker, clientKey, cameToLive, offer);
    worker.addPeer(handle.peerId);
    this.peers.set(handle.peerId, { handle, session });
    this.clients.opened(handle);
    if (role === 'listener') {
      session.addListener(handle);
      this.connecting.add(handle.peerId, offer.addressKey);
      this.countListeners(1);
    }
    return handle;
  }

  /** @throws AppError when its worker cannot answer; the peer is closed then */
  async open(handle: PeerHandle, { broadcastId }: BroadcastSession, offer: ReducedOffer): Promise<Answered> {
    const { peerId, role, generation, worker } = handle;
    const { requestId } = handle.origin;
    try {
      const request = { peerId, requestId, broadcastId, role, generation, offer };
      const { answer } = await worker.request('openPeer', request);
      return { answer, handle };
    } catch (error) {
      // Whoever closed it meanwhile wanted it to fail.
      if (this.peers.has(peerId)) this.log.openingFailed(handle, broadcastId, error);
      this.close(handle, 'failed');
      throw error instanceof AppError ? error : new MediaUnavailableError(REFUSED_BY_WORKER);
    }
  }

  /**
   * Hands a newer offer to the peer that its client has. Resolves to undefined when there is none, or it cannot go on: then
   * another is opened beside it, and closes it when it is connected.
   */
  async goOn({ clientKey, offer, reduced }: ReadOffer): Promise<Answered | undefined> {
    const handle = this.clients.peerOf(clientKey);
    if (handle === undefined) return undefined;
    const { peerId, worker } = handle;
    try {
      const { answer } = await worker.request('reofferPeer', { peerId, offer: reduced });
      return this.peers.has(peerId) ? { answer, handle } : undefined;
    } catch (error) {
      this.log.reofferFailed(handle, String(offer.connectionID), error);
      return undefined;
    }
  }

  connected(handle: PeerHandle): void {
    handle.state = 'connected';
    handle.wasConnected = true;
    this.connecting.remove(handle.peerId);
    for (const older of this.clients.predecessorsOf(handle)) {
      // A broadcaster that was heard waits for its successor's first packet, as in every takeover: nothing is interrupted.
      if (older.role === 'listener' || !older.flowing) this.close(older, 'closed_by_relay');
    }
  }

  /** Closes a peer on its worker, and forgets it. */
  close(handle: PeerHandle, reason: PeerCloseReason): void {
    if (!this.peers.has(handle.peerId)) return;
    // A worker that cannot be reached any more takes its peers with it.
    handle.worker.request('closePeer', { peerId: handle.peerId }).catch(() => undefined);
    this.gone(handle, reason);
  }

  /** Forgets a peer that its worker no longer has. */
  gone(handle: PeerHandle, reason: PeerCloseReason): void {
    const peer = this.peers.get(handle.peerId);
    if (peer === undefined) return;
    this.peers.delete(handle.peerId);
    handle.worker.removePeer(handle.peerId);
    handle.state = 'closed';
    this.clients.closed(handle);
    this.connecting.remove(handle.peerId);
    if (handle.role === 'listener') this.countListeners(-1);
    this.onGone(peer, reason);
  }

  /** The process of a worker died, and its peers with it. */
  lost(worker: WorkerSlot): void {
    for (const { handle } of [...this.peers.values()]) {
      if (handle.worker === worker) this.gone(handle, 'worker_lost');
    }
  }

  /** Ends what goes on by itself; the peers are closed by those who close their broadcasts. */
  stop(): void {
    this.memory.close();
  }

  private countListeners(change: 1 | -1): void {
    this.listeners += change;
    this.memory.crowdIs(this.listeners);
  }
}
