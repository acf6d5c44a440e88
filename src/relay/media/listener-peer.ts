import type { OpenPeerRequest } from '../media-protocol.js';
import { MediaPeer, type PeerEvents } from './media-peer.js';
import type { Outlet } from './outlet.js';
import type { PeerContext } from './peer-context.js';
import { ANY_SOURCE, goodbye, isBye } from './rtp/bye.js';
import { senderReport } from './rtp/sender-report.js';

/** As often as RFC 3550 has it for a small session (6.2). */
const SENDER_REPORT_EVERY_MS = 5_000;

/** One listener: what its broadcast sends goes out to it, and it is told when (RFC 3550, 6.4.1). */
export class ListenerPeer extends MediaPeer {
  readonly role = 'listener';
  private reportedAtMs: number;

  constructor(
    request: OpenPeerRequest,
    context: PeerContext,
    private readonly outlet: Outlet,
    events: PeerEvents,
  ) {
    const { payloadType } = request.offer.audio;
    const outgoing = { fanOut: outlet.fanOut, payloadType, onFirstSent: () => events.onFlowing() };
    super(request, context, events, outgoing, outlet.track);
    this.reportedAtMs = performance.now();
  }

  protected override sendDueReport(): void {
    const nowMs = performance.now();
    if (nowMs - this.reportedAtMs < SENDER_REPORT_EVERY_MS) return;
    const { sent } = this.engine;
    const timestamp = this.outlet.timestampNow();
    if (sent === undefined || timestamp === undefined) return;
    this.reportedAtMs = nowMs;
    const totals = { packets: sent.packets, payloadBytes: sent.octets };
    this.engine.sendRtcp(senderReport(this.outlet.track, Date.now(), timestamp, totals));
  }

  /** A listener has nothing to send but RTCP. */
  protected override receiveRtp(): void {
    this.context.counters.rtpDropped.malformed += 1;
  }

  protected override receiveRtcp(packet: Buffer): void {
    if (isBye(packet, ANY_SOURCE)) this.engine.heardBye();
  }

  protected override goodbye(): Buffer {
    return goodbye(this.outlet.track);
  }
}
