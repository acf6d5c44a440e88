import { randomInt, randomUUID } from 'node:crypto';
import type { BroadcasterReport, OpenPeerRequest } from '../media-protocol.js';
import { encodeBusPacket } from './bus-packet.js';
import { IngressBudget } from './ingress-budget.js';
import { MediaPeer, type PeerEvents } from './media-peer.js';
import type { PeerContext } from './peer-context.js';
import { ANY_SOURCE, goodbye, isBye } from './rtp/bye.js';
import { Reception } from './rtp/reception.js';
import { MAX_RTP_PAYLOAD_BYTES, parseRtp } from './rtp/rtp-packet.js';
import { SoundMeter } from './rtp/sound-meter.js';

/** One broadcaster: its sound packets go to the bus. */
export class BroadcasterPeer extends MediaPeer {
  readonly role = 'broadcaster';

  private readonly reception = new Reception();
  private readonly sound = new SoundMeter();
  private readonly budget: IngressBudget;
  private readonly reporter = { ssrc: randomInt(1, 2 ** 32), cname: randomUUID() };
  private readonly openedAtMs: number;
  private flowing = false;

  constructor(
    request: OpenPeerRequest,
    context: PeerContext,
    private readonly events: PeerEvents,
  ) {
    super(request, context, events);
    this.openedAtMs = context.now();
    this.budget = new IngressBudget(this.openedAtMs);
  }

  /** A browser's bitrate control takes a silent receiver for a bad network. */
  protected override sendReport(nowMs: number): void {
    const report = this.reception.report(this.reporter, nowMs);
    if (report !== undefined) this.engine.sendRtcp(report);
  }

  report(nowMs: number): BroadcasterReport {
    const { packets, payloadBytes, lost, lastPacketAtMs } = this.reception;
    const idleSinceMs = packets === 0 ? this.openedAtMs : lastPacketAtMs;
    return {
      peerId: this.peerId,
      packets,
      payloadBytes,
      lost,
      ...this.sound.read(nowMs),
      idleMs: Math.round(nowMs - idleSinceMs),
    };
  }

  protected override receiveRtp(bytes: Buffer): void {
    const { counters, bus, now } = this.context;
    const { audio } = this.request.offer;
    const nowMs = now();
    counters.rtpIn += 1;
    if (!this.budget.take(bytes.length, nowMs)) {
      counters.rtpDropped.too_fast += 1;
      return;
    }
    const packet = parseRtp(bytes, audio.audioLevelExtensionId);
    if (packet === undefined) {
      counters.rtpDropped.malformed += 1;
      return;
    }
    if (packet.payload.length > MAX_RTP_PAYLOAD_BYTES) {
      counters.rtpDropped.oversized += 1;
      return;
    }
    if (packet.payloadType !== audio.payloadType && packet.payload.length > 0) {
      counters.rtpDropped.wrong_payload_type += 1;
      return;
    }
    this.reception.receive(packet, nowMs);
    this.sound.receive(packet, nowMs);
    bus.publish(this.broadcastId, encodeBusPacket(this.request.generation, packet));
    if (packet.payload.length === 0 || this.flowing) return;
    this.flowing = true;
    this.events.onFlowing();
  }

  protected override receiveRtcp(packet: Buffer): void {
    this.reception.receiveRtcp(packet, this.context.now());
    if (isBye(packet, ANY_SOURCE)) this.engine.heardBye();
  }

  protected override goodbye(): Buffer {
    return goodbye(this.reporter);
  }
}
