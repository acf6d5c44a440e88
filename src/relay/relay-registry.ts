import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { LimitsConfig, MediaConfig, OpusConfig } from '../config/app-config.js';
import { InjectConfig } from '../config/config.module.js';
import { CapacityError, ShuttingDownError } from '../errors/app-error.js';
import { BroadcastSession } from './broadcast-session.js';
import { ConnectingPeers } from './connecting-peers.js';
import { joinResultOf } from './join-result.js';
import type { PeerCloseReason, PeerRole, WorkerEvent } from './media-protocol.js';
import { PeerHandle } from './peer-handle.js';
import type { ClientLabel, JoinResult, ListenerEntry, PeerOffer, RelayEvents, RelaySnapshot } from './relay.types.js';
import { reduceOffer } from './sdp/reduce-offer.js';
import { requireDirection } from './sdp/require-direction.js';
import type { ReducedOffer } from './sdp/reduced-offer.js';
import { WorkerPool } from './worker-pool.js';

/**
 * Owns every broadcast and every peer handle. The only door to the media part of the server: services, status, health
 * and metrics talk to nothing else.
 */
@Injectable()
export class RelayRegistry implements OnModuleInit, OnApplicationShutdown {
  readonly events = new EventEmitter<RelayEvents>();

  private readonly logger = new Logger(RelayRegistry.name);
  private readonly pool: WorkerPool;
  private readonly sessions = new Map<string, BroadcastSession>();
  /** Every open peer with its broadcast. */
  private readonly peers = new Map<string, { readonly handle: PeerHandle; readonly session: BroadcastSession }>();
  private readonly connecting: ConnectingPeers;
  private listenerCount = 0;
  private stopping = false;

  constructor(
    @InjectConfig('media') private readonly media: MediaConfig,
    @InjectConfig('opus') opus: OpusConfig,
    @InjectConfig('limits') private readonly limits: LimitsConfig,
  ) {
    this.pool = new WorkerPool(media, opus);
    this.connecting = new ConnectingPeers(limits.maxConnectingPerAddress);
    this.pool.on('event', (event) => {
      this.onWorkerEvent(event);
    });
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
    const reduced = reduceOffer(offer.sdp);
    requireDirection(reduced, 'broadcaster');
    const session = this.sessions.get(String(offer.connectionID)) ?? this.openSession(offer);
    const handle = this.addPeer(session, 'broadcaster', session.nextGeneration(), offer, reduced);
    for (const superseded of session.addBroadcaster(handle)) this.closePeer(superseded, 'closed_by_relay');
    try {
      return await this.openOnWorker(handle, session, reduced);
    } catch (error) {
      if (session.state === 'connecting' && session.listeners.size === 0) session.end();
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
    let result: JoinResult = 'unavailable';
    try {
      this.assertRunning();
      const reduced = reduceOffer(offer.sdp);
      requireDirection(reduced, 'listener');
      const session = this.sessions.get(String(offer.connectionID));
      result = 'no_broadcast';
      if (session === undefined) return undefined;
      this.assertRoomForListener(session);
      this.connecting.assertRoom(offer.addressKey);
      const handle = this.addPeer(session, 'listener', session.currentGeneration, offer, reduced);
      session.addListener(handle);
      this.connecting.add(handle.peerId, offer.addressKey);
      const answer = await this.openOnWorker(handle, session, reduced);
      result = 'ok';
      return answer;
    } catch (error) {
      result = joinResultOf(error);
      throw error;
    } finally {
      this.events.emit('join', result, (performance.now() - startedAtMs) / 1_000);
    }
  }

  /** Whether there is a broadcast of this `connectionID`, live or not. */
  hasBroadcast(connectionID: ClientLabel): boolean {
    return this.sessions.has(String(connectionID));
  }

  /** Listeners by broadcast id, for `GET /broadcast`. */
  listeners(): Map<string, ListenerEntry[]> {
    return new Map(
      [...this.sessions.values()].map((session) => [
        session.broadcastId,
        [...session.listeners.values()].map((handle) => handle.entry()),
      ]),
    );
  }

  snapshot(): RelaySnapshot {
    return {
      broadcasts: [...this.sessions.values()].map((session) => session.snapshot()),
      workers: this.pool.snapshot(),
      totalListeners: this.listenerCount,
      stopping: this.stopping,
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
    if (this.sessions.size >= this.limits.maxBroadcasts) {
      throw new CapacityError('The server has no room for another broadcast.');
    }
    const session = new BroadcastSession({
      connectionID: offer.connectionID,
      graceMs: this.media.broadcastGraceMs,
      onState: (changed, state) => {
        this.logger.log(
          { broadcastId: changed.broadcastId, state, listeners: changed.listeners.size },
          'broadcast changed',
        );
        if (state === 'ended') this.dropSession(changed);
      },
    });
    this.sessions.set(session.broadcastId, session);
    return session;
  }

  private dropSession(session: BroadcastSession): void {
    this.sessions.delete(session.broadcastId);
    this.announceStop(session);
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
    const handle = new PeerHandle(randomUUID(), role, generation, this.pool.pick(candidates), offer);
    handle.worker.addPeer(handle.peerId);
    this.peers.set(handle.peerId, { handle, session });
    if (role === 'listener') this.listenerCount += 1;
    return handle;
  }

  private async openOnWorker(handle: PeerHandle, session: BroadcastSession, offer: ReducedOffer): Promise<string> {
    const { peerId, role, generation } = handle;
    try {
      const { broadcastId } = session;
      const { answer } = await handle.worker.request('openPeer', { peerId, broadcastId, role, generation, offer });
      return answer;
    } catch (error) {
      this.closePeer(handle, 'failed');
      throw error;
    }
  }

  private onWorkerEvent(event: WorkerEvent): void {
    switch (event.type) {
      case 'peerConnected':
        this.withPeer(event.peerId, ({ handle }) => {
          handle.state = 'connected';
          this.connecting.remove(handle.peerId);
        });
        break;
      case 'peerFlowing':
        this.withPeer(event.peerId, ({ handle, session }) => {
          this.peerFlows(handle, session);
        });
        break;
      case 'peerClosed':
        this.withPeer(event.peerId, ({ handle }) => {
          this.peerGone(handle, event.reason);
        });
        break;
      case 'report':
        for (const report of event.report.broadcasters) {
          this.peers.get(report.peerId)?.session.broadcasterReports(report);
        }
        break;
      case 'log':
        this.logger[event.level === 'info' ? 'log' : event.level](event.fields, event.message);
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
      this.events.emit('firstPacket', handle.secondsSinceOffer);
      return;
    }
    const { speaker: previous, broadcastId } = session;
    for (const older of session.broadcasterFlows(handle)) this.closePeer(older, 'closed_by_relay');
    const change = { broadcastId, broadcaster: handle.origin };
    this.events.emit(
      'broadcastChanged',
      previous === undefined
        ? { ...change, kind: 'started' }
        : { ...change, kind: 'taken_over', previous: previous.origin },
    );
  }

  private announceStop({ broadcastId, speaker, startedAt, peakListeners }: BroadcastSession): void {
    if (speaker === undefined) return;
    const durationSeconds = Math.round((Date.now() - startedAt.getTime()) / 1_000);
    const broadcaster = speaker.origin;
    this.events.emit('broadcastChanged', { kind: 'stopped', broadcastId, broadcaster, durationSeconds, peakListeners });
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
      session.listeners.delete(handle.peerId);
    } else {
      session.removeBroadcaster(handle);
    }
    this.events.emit('peerClosed', handle.role, reason);
    const { peerId, role, secondsSinceOffer } = handle;
    const { requestId } = handle.origin;
    this.logger.debug(
      { broadcastId: session.broadcastId, peerId, requestId, role, reason, seconds: Math.round(secondsSinceOffer) },
      'peer closed',
    );
  }
}
