import { LoadMeter } from '../../process/load-meter.js';
import type { OpenPeerRequest, PeerCloseReason, WorkerEvent, WorkerReport, WorkerSettings } from '../media-protocol.js';
import { BroadcasterPeer } from './broadcaster-peer.js';
import type { DefectLog } from './defect-log.js';
import { ListenerPeer } from './listener-peer.js';
import type { MediaBus } from './media-bus.js';
import { MediaCounters } from './media-counters.js';
import { Outlet } from './outlet.js';
import type { PeerContext } from './peer-context.js';

/** How soon a peer that connects begins to hear. */
const PENDING_CHECK_MS = 25;
const CHECK_MS = 1_000;

type Peer = BroadcasterPeer | ListenerPeer;

/** All peers of one worker: opens them, watches them, lets them go, and tells what happens. */
export class MediaRelay {
  private readonly peers = new Map<string, Peer>();
  private readonly pending = new Set<Peer>();
  private readonly outlets = new Map<string, Outlet>();
  private readonly counters = new MediaCounters();
  private readonly load = new LoadMeter();
  private readonly context: PeerContext;
  private readonly timers: readonly NodeJS.Timeout[];
  private closed = false;

  constructor(
    settings: WorkerSettings,
    udpPort: number,
    private readonly bus: MediaBus,
    private readonly emit: (event: WorkerEvent) => void,
    defects: DefectLog,
  ) {
    this.context = {
      engine: settings,
      udpPort,
      opus: settings.opus,
      publicIps: settings.publicIps,
      watchLimits: {
        connectTimeoutMs: settings.peerConnectTimeoutMs,
        // Whoever would be overdue at the next check goes at this one: the timeout is a promise, not a lower bound.
        silenceTimeoutMs: settings.peerSilenceTimeoutMs - CHECK_MS,
      },
      bus,
      counters: this.counters,
      now: () => performance.now(),
      onPeerError: ({ peerId, requestId, broadcastId: masjidId }, error) => {
        defects.tell(peerId, 'packet handling failed', { masjidId, peerId, requestId }, error);
      },
    };
    this.timers = [
      setInterval(() => this.checkAll(this.pending), PENDING_CHECK_MS),
      setInterval(() => this.everySecond(), CHECK_MS),
    ];
  }

  /** @throws Error when the engine cannot answer; nothing of the peer is left behind */
  async openPeer(request: OpenPeerRequest): Promise<string> {
    const peer = request.role === 'listener' ? this.openListener(request) : this.openBroadcaster(request);
    this.peers.set(peer.peerId, peer);
    try {
      const answer = await peer.answer();
      if (this.peers.get(peer.peerId) === peer) this.pending.add(peer);
      return answer;
    } catch (error) {
      this.forget(peer);
      throw error;
    }
  }

  /** Closes a peer without an event: whoever asks knows. */
  closePeer(peerId: string): void {
    const peer = this.peers.get(peerId);
    if (peer !== undefined) this.forget(peer);
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    for (const timer of this.timers) clearInterval(timer);
    for (const peer of [...this.peers.values()]) this.forget(peer);
    this.load.close();
    this.bus.close();
  }

  private openBroadcaster(request: OpenPeerRequest): BroadcasterPeer {
    return new BroadcasterPeer(request, this.context, () => {
      this.emit({ type: 'peerFlowing', peerId: request.peerId });
    });
  }

  private openListener(request: OpenPeerRequest): ListenerPeer {
    const { broadcastId } = request;
    const outlet = this.outlets.get(broadcastId) ?? this.openOutlet(broadcastId);
    try {
      const listener = new ListenerPeer(request, this.context, outlet.track);
      outlet.add(listener);
      return listener;
    } finally {
      this.closeOutletIfEmpty(broadcastId);
    }
  }

  private openOutlet(broadcastId: string): Outlet {
    const outlet = new Outlet(broadcastId, this.context, (peerId) => {
      this.emit({ type: 'peerFlowing', peerId });
    });
    this.outlets.set(broadcastId, outlet);
    return outlet;
  }

  private closeOutletIfEmpty(broadcastId: string): void {
    const outlet = this.outlets.get(broadcastId);
    if (outlet?.isEmpty !== true) return;
    outlet.close();
    this.outlets.delete(broadcastId);
  }

  private checkAll(peers: Iterable<Peer>): void {
    const nowMs = this.context.now();
    for (const peer of peers) {
      const finding = peer.check(nowMs);
      switch (finding.kind) {
        case 'pending':
        case 'alive':
          break;
        case 'connected':
          this.pending.delete(peer);
          this.emit({ type: 'peerConnected', peerId: peer.peerId });
          break;
        case 'over':
          this.end(peer, finding.reason);
          break;
        default:
          finding satisfies never;
      }
    }
  }

  private end(peer: Peer, reason: PeerCloseReason): void {
    this.forget(peer);
    this.emit({ type: 'peerClosed', peerId: peer.peerId, reason });
  }

  private forget(peer: Peer): void {
    this.peers.delete(peer.peerId);
    this.pending.delete(peer);
    if (peer.role === 'listener') {
      this.outlets.get(peer.broadcastId)?.remove(peer);
      this.closeOutletIfEmpty(peer.broadcastId);
    }
    peer.close();
  }

  private everySecond(): void {
    this.checkAll(this.peers.values());
    const nowMs = this.context.now();
    for (const peer of this.peers.values()) {
      if (peer.role === 'broadcaster') peer.sendReceiverReport(nowMs);
    }
    this.emit({ type: 'report', report: this.report(nowMs) });
  }

  private report(nowMs: number): WorkerReport {
    const { counters } = this;
    const peers = [...this.peers.values()];
    return {
      atMs: nowMs,
      listeners: peers.filter((peer) => peer.role === 'listener').length,
      ...this.load.read(),
      rtpIn: counters.rtpIn,
      rtpOut: counters.rtpOut,
      rtpSendFailures: counters.rtpSendFailures,
      kernelDrops: 0,
      sendRefusals: 0,
      rtpDropped: { ...counters.rtpDropped, bus_overflow: this.bus.dropped },
      broadcasters: peers.filter((peer) => peer.role === 'broadcaster').map((peer) => peer.report(nowMs)),
    };
  }
}
