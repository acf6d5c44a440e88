import { BroadcastSource } from './broadcast-source.js';
import type { BroadcasterReport, PeerCloseReason } from './media-protocol.js';
import type { PeerHandle } from './peer-handle.js';
import type { BroadcastSnapshot, BroadcastState, ClientLabel } from './relay.types.js';

/** A broadcaster that is connected and sends nothing for this long is not heard: the broadcast is interrupted. */
const STALLED_AFTER_MS = 3_000;

/** Ends that a listener who never connected did not choose. */
const JOIN_FAILURES: readonly PeerCloseReason[] = ['connect_timeout', 'failed', 'worker_lost'];

export interface BroadcastSessionOptions {
  readonly connectionID: ClientLabel;
  /** How long listeners are kept while no broadcaster is there. */
  readonly graceMs: number;
  readonly onState: (session: BroadcastSession, state: BroadcastState) => void;
}

/**
 * The life of one broadcast, `connecting → live ⇄ interrupted → ended`, as far as it follows from what its peers do.
 * It decides; the registry acts.
 */
export class BroadcastSession {
  readonly broadcastId: string;
  readonly startedAt = new Date();
  readonly listeners = new Map<string, PeerHandle>();
  /** The broadcaster that was heard last, whether it is still there or not. */
  speaker: PeerHandle | undefined;
  peakListeners = 0;
  /** Listeners that were refused or never connected. */
  joinFailures = 0;
  /** By generation, oldest first: the one that speaks, and during a takeover the one that is about to. */
  private broadcasters: readonly PeerHandle[] = [];
  private generation = 0;
  private currentState: BroadcastState = 'connecting';
  private readonly source = new BroadcastSource();
  private graceTimer: NodeJS.Timeout | undefined;

  constructor(private readonly options: BroadcastSessionOptions) {
    this.broadcastId = String(options.connectionID);
  }

  get state(): BroadcastState {
    return this.currentState;
  }

  /** The newest broadcaster's. */
  get currentGeneration(): number {
    return this.generation;
  }

  nextGeneration(): number {
    this.generation += 1;
    return this.generation;
  }

  /** Of the call that brought the broadcaster of now, or the last one. */
  get newestRequestId(): string | undefined {
    return (this.broadcasters.at(-1) ?? this.speaker)?.origin.requestId;
  }

  get peers(): PeerHandle[] {
    return [...this.broadcasters, ...this.listeners.values()];
  }

  addListener(handle: PeerHandle): void {
    this.listeners.set(handle.peerId, handle);
    this.peakListeners = Math.max(this.peakListeners, this.listeners.size);
  }

  removeListener(handle: PeerHandle, reason: PeerCloseReason): void {
    if (!this.listeners.delete(handle.peerId)) return;
    if (!handle.wasConnected && JOIN_FAILURES.includes(reason)) this.joinFailures += 1;
  }

  /**
   * @returns the broadcasters that this one supersedes at once: older ones that never spoke, of other clients; one of the same
   *   client waits until this one is connected
   */
  addBroadcaster(handle: PeerHandle): PeerHandle[] {
    clearTimeout(this.graceTimer);
    const superseded = this.broadcasters.filter((older) => !older.flowing && older.clientKey !== handle.clientKey);
    this.broadcasters = [...this.broadcasters.filter((older) => !superseded.includes(older)), handle];
    return superseded;
  }

  /** @returns the broadcasters that are taken over: all older ones */
  broadcasterFlows(handle: PeerHandle): PeerHandle[] {
    const older = this.broadcasters.filter(({ generation }) => generation < handle.generation);
    this.broadcasters = this.broadcasters.filter((kept) => !older.includes(kept));
    this.source.begin();
    this.speaker = handle;
    this.become('live');
    return older;
  }

  removeBroadcaster(handle: PeerHandle): void {
    if (!this.broadcasters.includes(handle)) return;
    this.broadcasters = this.broadcasters.filter((kept) => kept !== handle);
    if (this.broadcasters.some(({ flowing }) => flowing)) return;
    this.source.clear();
    if (this.currentState === 'live') this.become('interrupted');
    if (this.broadcasters.length > 0 || this.currentState === 'ended') return;
    clearTimeout(this.graceTimer);
    this.graceTimer = setTimeout(() => this.end(), this.options.graceMs);
  }

  /** @param atMs the clock of the worker that reports */
  broadcasterReports(report: BroadcasterReport, atMs: number): void {
    const speaker = this.broadcasters.find(({ peerId }) => peerId === report.peerId);
    if (speaker?.flowing !== true) return;
    this.source.receive(report, atMs);
    this.become(report.idleMs > STALLED_AFTER_MS ? 'interrupted' : 'live');
  }

  end(): void {
    clearTimeout(this.graceTimer);
    this.become('ended');
  }

  snapshot(): BroadcastSnapshot {
    return {
      broadcastId: this.broadcastId,
      connectionID: this.options.connectionID,
      state: this.currentState,
      startedAt: this.startedAt,
      listeners: this.listeners.size,
      connectedListeners: [...this.listeners.values()].filter(({ state }) => state === 'connected').length,
      joinFailures: this.joinFailures,
      broadcasterState: this.broadcasters.at(-1)?.state ?? 'closed',
      source: this.source.snapshot(),
    };
  }

  private become(state: BroadcastState): void {
    if (this.currentState === state || this.currentState === 'ended') return;
    this.currentState = state;
    this.options.onState(this, state);
  }
}
