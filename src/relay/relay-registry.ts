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
import { CrowdMemory } from '../process/crowd-memory.js';
import { TurnGate } from '../process/turn-gate.js';
import { speakerChange, stopOf } from './broadcast-change.js';
import { BroadcastSession } from './broadcast-session.js';
import { ConnectingPeers } from './connecting-peers.js';
import { joinResultOf } from './join-result.js';
import type { PeerCloseReason, PeerRole, WorkerEvent } from './media-protocol.js';
import { PeerHandle } from './peer-handle.js';
import { RelayLog } from './relay-log.js';
import type { ClientLabel, JoinResult, ListenerEntry, PeerOffer, RelayEvents, RelaySnapshot } from './relay.types.js';
import { clientKeyOf, ReturningClients, type Answered } from './returning-clients.js';
import { reduceOffer } from './sdp/reduce-offer.js';
import { requireDirection } from './sdp/require-direction.js';
import type { ReducedOffer } from './sdp/reduced-offer.js';
import { WorkerPool } from './worker-pool.js';
import type { WorkerSlot } from './worker-slot.js';

/** Offers that are read in one turn of the event loop: a millisecond or two. */
const OFFERS_PER_TURN = 16;
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
  private readonly clients = new ReturningClients();
  private readonly offers = new TurnGate(OFFERS_PER_TURN);
  private readonly memory = new CrowdMemory();
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
   * new broadcaster from its first packet on. A broadcaster that comes again goes on with its peer. Resolves to the answer's SDP.
   *
   * @throws AppError a bad offer, no room, no worker
   */
  async startBroadcast(offer: PeerOffer): Promise<string> {
    const answer = await this.clients.answerOnce('broadcaster', offer, () => this.answerBroadcaster(offer));
    if (answer === undefined) throw new MediaUnavailableError();
    return answer;
  }

  /**
   * Adds a listener, or goes on with the peer that it has. Resolves to the answer's SDP, or to undefined when there is no such
   * broadcast.
   *
   * @throws AppError a bad offer, no room, no worker
   */
  joinBroadcast(offer: PeerOffer): Promise<string | undefined> {
    return this.clients.answerOnce('listener', offer, () => this.answerListener(offer));
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
    this.memory.close();
    await this.pool.close();
  }

  private async answerBroadcaster(offer: PeerOffer): Promise<Answered> {
    await this.offers.enter();
    this.assertRunning();
    const reduced = reduceOffer(offer.sdp, 'broadcaster');
    requireDirection(reduced, 'broadcaster');
    const clientKey = clientKeyOf('broadcaster', String(offer.connectionID), reduced);
    const answered = await this.goOn(clientKey, offer, reduced);
    if (answered !== undefined) return answered;
    this.assertRunning();
    const session = this.sessions.get(String(offer.connectionID)) ?? this.openSession(offer);
    try {
      const handle = this.addPeer(session, 'broadcaster', session.nextGeneration(), clientKey, offer);
      for (const superseded of session.addBroadcaster(handle)) this.closePeer(superseded, 'closed_by_relay');
      return await this.openOnWorker(handle, session, reduced);
    } catch (error) {
      // Another broadcaster may wait in it already: one that tried twice.
      if (session.state === 'connecting' && session.peers.length === 0) session.end();
      throw error;
    }
  }

  private async answerListener(offer: PeerOffer): Promise<Answered | undefined> {
    const startedAtMs = performance.now();
    let session: BroadcastSession | undefined;
    let handle: PeerHandle | undefined;
    let result: JoinResult | undefined = 'unavailable';
    try {
      await this.offers.enter();
      this.assertRunning();
      result = 'no_broadcast';
      session = this.sessions.get(String(offer.connectionID));
      if (session === undefined) return undefined;
      const reduced = reduceOffer(offer.sdp, 'listener');
      requireDirection(reduced, 'listener');
      const clientKey = clientKeyOf('listener', session.broadcastId, reduced);
      const answered = await this.goOn(clientKey, offer, reduced);
      if (answered !== undefined) {
        result = undefined;
        return answered;
      }
      session = this.sessions.get(session.broadcastId);
      if (session === undefined) return undefined;
      // Whoever comes again takes the place that it has.
      if (this.clients.peerOf(clientKey) === undefined) this.assertRoomForListener(session);
      this.connecting.assertRoom(offer.addressKey);
      handle = this.addPeer(session, 'listener', session.currentGeneration, clientKey, offer);
      session.addListener(handle);
      this.connecting.add(handle.peerId, offer.addressKey);
      const opened = await this.openOnWorker(handle, session, reduced);
      result = 'ok';
      return opened;
    } catch (error) {
      result = joinResultOf(error);
      // A listener that was added is counted when it goes.
      if (handle === undefined && session !== undefined) session.joinFailures += 1;
      throw error;
    } finally {
      if (result !== undefined) this.events.emit('join', result, (performance.now() - startedAtMs) / 1_000);
    }
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
    clientKey: string,
    offer: PeerOffer,
  ): PeerHandle {
    const worker = this.pool.pick();
    const cameToLive = session.state === 'live';
    const handle = new PeerHandle(randomUUID(), role, generation, worker, clientKey, cameToLive, offer);
    worker.addPeer(handle.peerId);
    this.peers.set(handle.peerId, { handle, session });
    this.clients.opened(handle);
    if (role === 'listener') this.countListeners(1);
    return handle;
  }

  /**
   * Hands a newer offer to the peer that its client has. Resolves to undefined when there is none, or it cannot go on: then
   * another is opened beside it, and closes it when it is connected.
   */
  private async goOn(clientKey: string, offer: PeerOffer, reduced: ReducedOffer): Promise<Answered | undefined> {
    const handle = this.clients.peerOf(clientKey);
    if (handle === undefined) return undefined;
    const { peerId, worker } = handle;
    try {
      const request = { peerId, requestId: offer.requestId, offer: reduced };
      const { answer } = await worker.request('reofferPeer', request);
      return this.peers.has(peerId) ? { answer, handle } : undefined;
    } catch (error) {
      this.log.reofferFailed(handle, String(offer.connectionID), error);
      return undefined;
    }
  }

  private async openOnWorker(handle: PeerHandle, session: BroadcastSession, offer: ReducedOffer): Promise<Answered> {
    const { peerId, role, generation, worker } = handle;
    const { broadcastId } = session;
    const { requestId } = handle.origin;
    try {
      const request = { peerId, requestId, broadcastId, role, generation, offer };
      const { answer } = await worker.request('openPeer', request);
      return { answer, handle };
    } catch (error) {
      // Whoever closed it meanwhile wanted it to fail.
      if (this.peers.has(peerId)) this.log.openingFailed(handle, broadcastId, error);
      this.closePeer(handle, 'failed');
      throw error instanceof AppError ? error : new MediaUnavailableError(REFUSED_BY_WORKER);
    }
  }

  private countListeners(change: 1 | -1): void {
    this.listenerCount += change;
    this.memory.crowdIs(this.listenerCount);
  }

  private onWorkerEvent(event: WorkerEvent, slot: WorkerSlot): void {
    switch (event.type) {
      case 'peerConnected':
        this.withPeer(event.peerId, ({ handle }) => {
          handle.state = 'connected';
          handle.wasConnected = true;
          this.connecting.remove(handle.peerId);
          for (const older of this.clients.predecessorsOf(handle)) this.closePeer(older, 'closed_by_relay');
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
    this.clients.closed(handle);
    handle.state = 'closed';
    this.connecting.remove(handle.peerId);
    if (handle.role === 'listener') {
      this.countListeners(-1);
      session.removeListener(handle, reason);
    } else {
      session.removeBroadcaster(handle);
    }
    this.events.emit('peerClosed', handle.role, reason);
    this.log.peerClosed(handle, session.broadcastId, reason);
  }
}
