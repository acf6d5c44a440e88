import { CrowdMemory } from '../../process/crowd-memory.js';
import { LoadMeter } from '../../process/load-meter.js';
import type {
  OpenPeerRequest,
  PeerCloseReason,
  ReofferPeerRequest,
  WorkerEvent,
  WorkerReport,
  WorkerSettings,
} from '../media-protocol.js';
import { BroadcasterPeer } from './broadcaster-peer.js';
import type { DefectLog } from './defect-log.js';
import type { MediaEngine } from './engine/media-engine.js';
import { ListenerPeer } from './listener-peer.js';
import type { MediaBus } from './media-bus.js';
import { MediaCounters } from './media-counters.js';
import type { PeerEvents } from './media-peer.js';
import { Outlet } from './outlet.js';
import type { PeerContext } from './peer-context.js';

const REPORT_EVERY_MS = 1_000;

type Peer = BroadcasterPeer | ListenerPeer;

/** All peers of one worker: opens them, lets them go, and tells what happens. */
export class MediaRelay {
  private readonly peers = new Map<string, Peer>();
  private readonly outlets = new Map<string, Outlet>();
  private readonly counters = new MediaCounters();
  private readonly load = new LoadMeter();
  private readonly crowdMemory = new CrowdMemory();
  private readonly context: PeerContext;
  private readonly timer: NodeJS.Timeout;
  private closing: Promise<void> | undefined;

  constructor(
    { opus, publicIps }: Pick<WorkerSettings, 'opus' | 'publicIps'>,
    private readonly engine: MediaEngine,
    private readonly bus: MediaBus,
    private readonly emit: (event: WorkerEvent) => void,
    now: () => number,
    defects: DefectLog,
  ) {
    this.context = {
      engine,
      opus,
      publicIps,
      bus,
      counters: this.counters,
      now,
      onPeerError: ({ peerId, requestId, broadcastId: masjidId }, error) => {
        defects.tell(peerId, 'packet handling failed', { masjidId, peerId, requestId }, error);
      },
    };
    this.timer = setInterval(() => this.everySecond(), REPORT_EVERY_MS);
  }

  /** Resolves to the answer's SDP. */
  openPeer(request: OpenPeerRequest): string {
    const peer = request.role === 'listener' ? this.openListener(request) : this.openBroadcaster(request);
    this.peers.set(peer.peerId, peer);
    this.crowdMemory.crowdIs(this.peers.size);
    return peer.answer();
  }

  /** @throws Error when the peer is gone, or cannot follow the offer */
  reofferPeer({ peerId, offer }: ReofferPeerRequest): string {
    const peer = this.peers.get(peerId);
    if (peer === undefined) throw new Error('the peer is gone');
    return peer.answerAgain(offer);
  }

  /** Closes a peer without an event: whoever asks knows. */
  closePeer(peerId: string): void {
    const peer = this.peers.get(peerId);
    if (peer !== undefined) this.forget(peer);
  }

  /** Says goodbye to all peers; resolves when that is said. */
  close(): Promise<void> {
    this.closing ??= this.closeAll();
    return this.closing;
  }

  private async closeAll(): Promise<void> {
    clearInterval(this.timer);
    for (const peer of [...this.peers.values()]) this.forget(peer);
    await this.engine.close();
    this.load.close();
    this.crowdMemory.close();
    this.bus.close();
  }

  private openBroadcaster(request: OpenPeerRequest): BroadcasterPeer {
    return new BroadcasterPeer(request, this.context, this.eventsOf(request));
  }

  private openListener(request: OpenPeerRequest): ListenerPeer {
    const { broadcastId } = request;
    const outlet = this.outlets.get(broadcastId) ?? this.openOutlet(broadcastId);
    const peer = new ListenerPeer(request, this.context, outlet, this.eventsOf(request));
    outlet.enter();
    return peer;
  }

  private eventsOf({ peerId }: OpenPeerRequest): PeerEvents {
    return {
      onConnected: () => this.emit({ type: 'peerConnected', peerId }),
      onFlowing: () => this.emit({ type: 'peerFlowing', peerId }),
      onClosed: (reason) => this.end(peerId, reason),
    };
  }

  private openOutlet(broadcastId: string): Outlet {
    const outlet = new Outlet(broadcastId, this.context);
    this.outlets.set(broadcastId, outlet);
    return outlet;
  }

  private end(peerId: string, reason: PeerCloseReason): void {
    this.closePeer(peerId);
    this.emit({ type: 'peerClosed', peerId, reason });
  }

  private forget(peer: Peer): void {
    if (!this.peers.delete(peer.peerId)) return;
    this.crowdMemory.crowdIs(this.peers.size);
    peer.close();
    if (peer.role === 'broadcaster') return;
    const outlet = this.outlets.get(peer.broadcastId);
    outlet?.leave();
    if (outlet?.isEmpty !== true) return;
    outlet.close();
    this.outlets.delete(peer.broadcastId);
  }

  private everySecond(): void {
    const nowMs = this.context.now();
    for (const peer of this.peers.values()) peer.sendReport();
    this.emit({ type: 'report', report: this.report(nowMs) });
  }

  private report(nowMs: number): WorkerReport {
    const { counters, engine } = this;
    const { kernelDrops, sendRefusals } = engine.counters;
    const peers = [...this.peers.values()];
    const broadcasters = peers.filter((peer) => peer.role === 'broadcaster');
    return {
      atMs: nowMs,
      listeners: peers.length - broadcasters.length,
      ...this.load.read(),
      rtpIn: counters.rtpIn,
      rtpOut: counters.rtpOut,
      rtpSendFailures: counters.rtpSendFailures,
      kernelDrops,
      sendRefusals,
      rtpDropped: { ...counters.rtpDropped, bus_overflow: this.bus.dropped },
      broadcasters: broadcasters.map((peer) => peer.report(nowMs)),
    };
  }
}
