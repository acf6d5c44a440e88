import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { LimitsConfig, MediaConfig, OpusConfig } from '../config/app-config.js';
import { InjectConfig } from '../config/config.module.js';
import {
  AppError,
  CapacityError,
  DrainingError,
  MediaUnavailableError,
  ShuttingDownError,
} from '../errors/app-error.js';
import { speakerChange, stopOf } from './broadcast-change.js';
import { BroadcastSession } from './broadcast-session.js';
import { ConnectingPeers } from './connecting-peers.js';
import { joinResultOf } from './join-result.js';
import type { PeerCloseReason, PeerRole, WorkerEvent } from './media-protocol.js';
import { PeerHandle } from './peer-handle.js';
import { RelayLog } from './relay-log.js';
import type { ClientLabel, JoinResult, ListenerEntry, PeerOffer, RelayEvents, RelaySnapshot } from './relay.types.js';
import { reduceOffer } from './sdp/reduce-offer.js';
import { requireDirection } from './sdp/require-direction.js';
import type { ReducedOffer } from './sdp/reduced-offer.js';
import { WorkerPool } from './worker-pool.js';
import type { WorkerSlot } from './worker-slot.js';

const REFUSED_BY_WORKER = 'The media part of the server could not take this peer; try again in a moment.';

/**
 * Owns every broadcast and every peer handle. The only door to the media part of the server: services, status, health
 * and metrics talk to nothing else.
 */
@Injectable()
export class RelayRegistry implements OnModuleInit, OnApplicationShutdown {
  readonly events = new EventEmitter<RelayEvents>();

  private readonly log = new RelayLog();
  private readonly pool: WorkerPool;
  private readonly sessions = new Map<string, BroadcastSession>();
  /** Every open peer with its broadcast. */
  private readonly peers = new Map<string, { readonly handle: PeerHandle; readonly session: BroadcastSession }>();
  private readonly connecting: ConnectingPeers;
  private listenerCount = 0;
  private draining = false;
  private stopping = false;

  constructor(
    @InjectConfig('media') private readonly media: MediaConfig,
    @InjectConfig('opus') opus: OpusConfig,
    @InjectConfig('limits') private readonly limits: LimitsConfig,
  ) {
    this.pool = new WorkerPool(media, opus);
    this.connecting = new ConnectingPeers(limits.maxConnectingPerAddress);
    this.pool.on('event', (event, slot) => this.onWorkerEvent(event, slot));
    this.pool.on('lost', (slot) => {
      for (const { handle } of [...this.peers.values()]) {
        if (handle.worker === slot) this.peerGone(handle, 'worker_lost');
      }
    });
    this.pool.on('restarted', (slot) => this.events.emit('workerRestarted', slot.index));
  }

  async onModuleInit(): Promise<void> {
    await this.pool.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.close();
  }

  /**
   * Begins a broadcast, or takes over the one of the same `connectionID`: the listeners of that one stay, and hear the
   * new broadcaster from its first packet on. Resolves to the answer's SDP.
   *
   * @throws AppError a bad offer, no room, no worker
   */
  async startBroadcast(offer: PeerOffer): Promise<string> {
    this.assertRunning();
    const reduced = reduceOffer(offer.sdp, 'broadcaster');
    requireDirection(reduced, 'broadcaster');
    const session = this.sessions.get(String(offer.connectionID)) ?? this.openSession(offer);
    try {
      const handle = this.addPeer(session, 'broadcaster', session.nextGeneration(), offer, reduced);
      for (const superseded of session.addBroadcaster(handle)) this.closePeer(superseded, 'closed_by_relay');
      return await this.openOnWorker(handle, session, reduced);
    } catch (error) {
      // Another broadcaster may wait in it already: one that tried twice.
      if (session.state === 'connecting' && session.peers.length === 0) session.end();
      throw error;
    }
  }

  /**
   * Adds a listener. Resolves to the answer's SDP, or to undefined when there is no such broadcast.
   *
   * @throws AppError a bad offer, no room, no worker
   */
  async joinBroadcast(offer: PeerOffer): Promise<string | undefined> {
    const startedAtMs = performance.now();
    const session = this.sessions.get(String(offer.connectionID));
    let handle: PeerHandle | undefined;
    let result: JoinResult = 'unavailable';
    try {
      this.assertRunning();
      const reduced = reduceOffer(offer.sdp, 'listener');
      requireDirection(reduced, 'listener');
      result = 'no_broadcast';
      if (session === undefined) return undefined;
      this.assertRoomForListener(session);
      this.connecting.assertRoom(offer.addressKey);
      handle = this.addPeer(session, 'listener', session.currentGeneration, offer, reduced);
      session.addListener(handle);
      this.connecting.add(handle.peerId, offer.addressKey);
      const answer = await this.openOnWorker(handle, session, reduced);
      result = 'ok';
      return answer;
    } catch (error) {
      result = joinResultOf(error);
      // A listener that was added is counted when it goes.
      if (handle === undefined && session !== undefined) session.joinFailures += 1;
      throw error;
    } finally {
      this.events.emit('join', result, (performance.now() - startedAtMs) / 1_000);
    }
  }

  /** Whether there is a broadcast of this `connectionID`, live or not. */
  hasBroadcast(connectionID: ClientLabel): boolean {
    return this.sessions.has(String(connectionID));
  }

  /** Refuses new broadcasts, or lets them in again. Those that there are go on, and their broadcasters may come back. */
  setDraining(draining: boolean): void {
    this.draining = draining;
  }

  /** Listeners by broadcast id, of one broadcast or of all, for `GET /broadcast`. */
  listeners(broadcastId?: string): Map<string, ListenerEntry[]> {
    const ids = broadcastId === undefined ? [...this.sessions.keys()] : [broadcastId];
    return new Map(
      ids.flatMap((id) => {
        const listeners = this.sessions.get(id)?.listeners.values();
        return listeners === undefined ? [] : [[id, [...listeners].map((handle) => handle.entry())]];
      }),
    );
  }

  snapshot(): RelaySnapshot {
    return {
      broadcasts: [...this.sessions.values()].map((session) => session.snapshot()),
      workers: this.pool.snapshot(),
      totalListeners: this.listenerCount,
      stopping: this.stopping,
      draining: this.draining,
    };
  }

  async close(): Promise<void> {
    if (this.stopping) return;
    this.stopping = true;
    for (const session of [...this.sessions.values()]) session.end();
    await this.pool.close();
  }

  private assertRunning(): void {
    if (this.stopping) throw new ShuttingDownError();
  }

  private assertRoomForListener(session: BroadcastSession): void {
    const { maxListeners, maxListenersPerBroadcast } = this.limits;
    if (this.listenerCount >= maxListeners) throw new CapacityError('The server has no room for another listener.');
    if (session.listeners.size >= maxListenersPerBroadcast) {
      throw new CapacityError('This broadcast has no room for another listener.');
    }
  }

  private openSession(offer: PeerOffer): BroadcastSession {
    if (this.draining) throw new DrainingError();
    if (this.sessions.size >= this.limits.maxBroadcasts) {
      throw new CapacityError('The server has no room for another broadcast.');
    }
    const session = new BroadcastSession({
      connectionID: offer.connectionID,
      graceMs: this.media.broadcastGraceMs,
      onState: (changed, state) => {
        this.log.broadcastChanged(changed, state);
        if (state === 'ended') this.dropSession(changed);
      },
    });
    this.sessions.set(session.broadcastId, session);
    return session;
  }

  private dropSession(session: BroadcastSession): void {
    this.sessions.delete(session.broadcastId);
    const stop = stopOf(session);
    if (stop !== undefined) this.events.emit('broadcastChanged', stop);
    const reason = this.stopping ? 'shutdown' : 'closed_by_relay';
    for (const handle of session.peers) this.closePeer(handle, reason);
  }

  private addPeer(
    session: BroadcastSession,
    role: PeerRole,
    generation: number,
    offer: PeerOffer,
    { candidates }: ReducedOffer,
  ): PeerHandle {
    const { slot, port } = this.pool.pick(candidates);
    const handle = new PeerHandle(randomUUID(), role, generation, slot, port.udpPort, session.state === 'live', offer);
    slot.addPeer(handle.peerId, port);
    this.peers.set(handle.peerId, { handle, session });
    if (role === 'listener') this.listenerCount += 1;
    return handle;
  }

  private async openOnWorker(handle: PeerHandle, session: BroadcastSession, offer: ReducedOffer): Promise<string> {
    const { peerId, role, generation, worker, udpPort } = handle;
    const { broadcastId } = session;
    const { requestId } = handle.origin;
    try {
      const request = { peerId, requestId, broadcastId, role, generation, udpPort, offer };
      const { answer } = await worker.request('openPeer', request);
      this.log.peerOpened(handle, broadcastId);
      return answer;
    } catch (error) {
      // Whoever closed it meanwhile wanted it to fail.
      if (this.peers.has(peerId)) this.log.openingFailed(handle, broadcastId, error);
      this.closePeer(handle, 'failed');
      throw error instanceof AppError ? error : new MediaUnavailableError(REFUSED_BY_WORKER);
    }
  }

  private onWorkerEvent(event: WorkerEvent, slot: WorkerSlot): void {
    switch (event.type) {
      case 'peerConnected':
        this.withPeer(event.peerId, ({ handle }) => {
          handle.state = 'connected';
          handle.wasConnected = true;
          this.connecting.remove(handle.peerId);
        });
        break;
      case 'peerFlowing':
        this.withPeer(event.peerId, ({ handle, session }) => this.peerFlows(handle, session));
        break;
      case 'peerClosed':
        this.withPeer(event.peerId, ({ handle }) => this.peerGone(handle, handle.endOf(event.reason)));
        break;
      case 'report':
        for (const report of event.report.broadcasters) {
          this.peers.get(report.peerId)?.session.broadcasterReports(report, event.report.atMs);
        }
        break;
      case 'log':
        this.log.ofWorker(event, slot.index);
        break;
      default:
        event satisfies never;
    }
  }

  private withPeer(
    peerId: string,
    act: (peer: { readonly handle: PeerHandle; readonly session: BroadcastSession }) => void,
  ): void {
    // An event may cross with the close that this process asked for.
    const peer = this.peers.get(peerId);
    if (peer !== undefined) act(peer);
  }

  private peerFlows(handle: PeerHandle, session: BroadcastSession): void {
    handle.flowing = true;
    if (handle.role === 'listener') {
      if (handle.cameToLive) this.events.emit('firstPacket', handle.secondsSinceOffer);
      return;
    }
    const { speaker: previous } = session;
    for (const older of session.broadcasterFlows(handle)) this.closePeer(older, 'closed_by_relay');
    this.events.emit('broadcastChanged', speakerChange(session, handle, previous));
  }

  /** Closes a peer on its worker, and forgets it. */
  private closePeer(handle: PeerHandle, reason: PeerCloseReason): void {
    if (!this.peers.has(handle.peerId)) return;
    // A worker that cannot be reached any more takes its peers with it.
    handle.worker.request('closePeer', { peerId: handle.peerId }).catch(() => undefined);
    this.peerGone(handle, reason);
  }

  /** Forgets a peer that its worker no longer has. */
  private peerGone(handle: PeerHandle, reason: PeerCloseReason): void {
    const session = this.peers.get(handle.peerId)?.session;
    if (session === undefined) return;
    this.peers.delete(handle.peerId);
    handle.worker.removePeer(handle.peerId);
    handle.state = 'closed';
    this.connecting.remove(handle.peerId);
    if (handle.role === 'listener') {
      this.listenerCount -= 1;
      session.removeListener(handle, reason);
    } else {
      session.removeBroadcaster(handle);
    }
    this.events.emit('peerClosed', handle.role, reason);
    this.log.peerClosed(handle, session.broadcastId, reason);
  }
}
