import { EventEmitter } from 'node:events';
import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { LimitsConfig, MediaConfig, OpusConfig } from '../config/app-config.js';
import { InjectConfig } from '../config/config.module.js';
import { CapacityError, DrainingError, ShuttingDownError } from '../errors/app-error.js';
import { TurnGate } from '../process/turn-gate.js';
import { speakerChange, stopOf } from './broadcast-change.js';
import { BroadcastSession } from './broadcast-session.js';
import { joinResultOf } from './join-result.js';
import type { PeerCloseReason, PeerRole, WorkerEvent } from './media-protocol.js';
import { OpenPeers, type OpenPeer, type ReadOffer } from './open-peers.js';
import type { PeerHandle } from './peer-handle.js';
import { RelayLog } from './relay-log.js';
import type { ClientLabel, JoinResult, ListenerEntry, PeerOffer, RelayEvents, RelaySnapshot } from './relay.types.js';
import { clientKeyOf, type Answered } from './returning-clients.js';
import { reduceOffer } from './sdp/reduce-offer.js';
import { requireDirection } from './sdp/require-direction.js';
import { WorkerPool } from './worker-pool.js';
import type { WorkerSlot } from './worker-slot.js';

/** Offers that are read in one turn of the event loop: a few milliseconds, after which others are served. */
const OFFERS_PER_TURN = 16;

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
  private readonly peers: OpenPeers;
  private readonly offers = new TurnGate(OFFERS_PER_TURN);
  private draining = false;
  private stopping = false;

  constructor(
    @InjectConfig('media') private readonly media: MediaConfig,
    @InjectConfig('opus') opus: OpusConfig,
    @InjectConfig('limits') private readonly limits: LimitsConfig,
  ) {
    this.pool = new WorkerPool(media, opus);
    this.peers = new OpenPeers(limits, this.log, (peer, reason) => this.peerGone(peer, reason));
    this.pool.on('event', (event, slot) => this.onWorkerEvent(event, slot));
    this.pool.on('lost', (slot) => this.peers.lost(slot));
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
    const { clients } = this.peers;
    return (await clients.answerOnce('broadcaster', offer, () => this.answerBroadcaster(offer))).answer;
  }

  /**
   * Adds a listener, or goes on with the peer that it has. Resolves to the answer's SDP, or to undefined when there is no such
   * broadcast.
   *
   * @throws AppError a bad offer, no room, no worker
   */
  async joinBroadcast(offer: PeerOffer): Promise<string | undefined> {
    const { clients } = this.peers;
    return (await clients.answerOnce('listener', offer, () => this.answerListener(offer)))?.answer;
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
      totalListeners: this.peers.listenerCount,
      stopping: this.stopping,
      draining: this.draining,
    };
  }

  async close(): Promise<void> {
    if (this.stopping) return;
    this.stopping = true;
    for (const session of [...this.sessions.values()]) session.end();
    this.peers.stop();
    await this.pool.close();
  }

  private async answerBroadcaster(offer: PeerOffer): Promise<Answered> {
    await this.offers.enter();
    this.assertRunning();
    const read = readOffer('broadcaster', offer);
    const answered = await this.peers.goOn(read);
    if (answered !== undefined) return answered;
    this.assertRunning();
    const session = this.sessions.get(String(offer.connectionID)) ?? this.openSession(offer);
    try {
      const handle = this.peers.add(session, 'broadcaster', this.pool.pick(), read);
      for (const superseded of session.addBroadcaster(handle)) this.peers.close(superseded, 'closed_by_relay');
      return await this.peers.open(handle, session, read.reduced);
    } catch (error) {
      // Another broadcaster may wait in it already: one that tried twice.
      if (session.state === 'connecting' && session.peers.length === 0) session.end();
      throw error;
    }
  }

  private async answerListener(offer: PeerOffer): Promise<Answered | undefined> {
    const startedAtMs = performance.now();
    const tell = (result: JoinResult): void => {
      this.events.emit('join', result, (performance.now() - startedAtMs) / 1_000);
    };
    const sessionNow = (): BroadcastSession | undefined => this.sessions.get(String(offer.connectionID));
    let handle: PeerHandle | undefined;
    try {
      await this.offers.enter();
      this.assertRunning();
      const read = readOffer('listener', offer);
      const answered = await this.peers.goOn(read);
      // No further join: whoever comes again was counted.
      if (answered !== undefined) return answered;
      const session = sessionNow();
      if (session === undefined) {
        tell('no_broadcast');
        return undefined;
      }
      this.peers.assertRoomForListener(session, read);
      handle = this.peers.add(session, 'listener', this.pool.pick(), read);
      const opened = await this.peers.open(handle, session, read.reduced);
      tell('ok');
      return opened;
    } catch (error) {
      tell(joinResultOf(error));
      const session = sessionNow();
      // A listener that was added is counted when it goes.
      if (handle === undefined && session !== undefined) session.joinFailures += 1;
      throw error;
    }
  }

  private assertRunning(): void {
    if (this.stopping) throw new ShuttingDownError();
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
    for (const handle of session.peers) this.peers.close(handle, reason);
  }

  private onWorkerEvent(event: WorkerEvent, slot: WorkerSlot): void {
    switch (event.type) {
      case 'peerConnected':
        this.withPeer(event.peerId, ({ handle }) => this.peers.connected(handle));
        break;
      case 'peerFlowing':
        this.withPeer(event.peerId, (peer) => this.peerFlows(peer));
        break;
      case 'peerClosed':
        this.withPeer(event.peerId, ({ handle }) => this.peers.gone(handle, handle.endOf(event.reason)));
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

  private withPeer(peerId: string, act: (peer: OpenPeer) => void): void {
    // An event may cross with the close that this process asked for.
    const peer = this.peers.get(peerId);
    if (peer !== undefined) act(peer);
  }

  private peerFlows({ handle, session }: OpenPeer): void {
    handle.flowing = true;
    if (handle.role === 'listener') {
      if (handle.cameToLive) this.events.emit('firstPacket', handle.secondsSinceOffer);
      return;
    }
    const { speaker: previous } = session;
    for (const older of session.broadcasterFlows(handle)) this.peers.close(older, 'closed_by_relay');
    this.events.emit('broadcastChanged', speakerChange(session, handle, previous));
  }

  private peerGone({ handle, session }: OpenPeer, reason: PeerCloseReason): void {
    if (handle.role === 'listener') session.removeListener(handle, reason);
    else session.removeBroadcaster(handle);
    this.events.emit('peerClosed', handle.role, reason);
    this.log.peerClosed(handle, session.broadcastId, reason);
  }
}

/** @throws AppError when it is no offer that the relay can answer */
function readOffer(role: PeerRole, offer: PeerOffer): ReadOffer {
  const reduced = reduceOffer(offer.sdp, role);
  requireDirection(reduced, role);
  return { offer, reduced, clientKey: clientKeyOf(role, String(offer.connectionID), reduced) };
}
