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
  /** When its last packet came, or it was opened; by the clock of the relay. */
  private heardAtMs: number;
  private flowing = false;

  constructor(
    request: OpenPeerRequest,
    context: PeerContext,
    private readonly events: PeerEvents,
  ) {
    super(request, context, events);
    this.heardAtMs = context.now();
    this.budget = new IngressBudget(performance.now());
  }

  report(nowMs: number): BroadcasterReport {
    const { packets, payloadBytes, lost } = this.reception;
    return {
      peerId: this.peerId,
      packets,
      payloadBytes,
      lost,
      ...this.sound.read(nowMs),
      idleMs: Math.round(nowMs - this.heardAtMs),
    };
  }

  protected override sendDueReport(): void {
    const report = this.reception.report(this.reporter, performance.now());
    if (report !== undefined) this.engine.sendRtcp(report);
  }

  protected override receiveRtp(bytes: Buffer): void {
    const { counters, bus, now } = this.context;
    const { audio } = this.offer;
    const nowMs = performance.now();
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
    this.heardAtMs = now();
    this.sound.receive(packet, this.heardAtMs);
    bus.publish(this.broadcastId, encodeBusPacket(this.request.generation, packet));
    if (packet.payload.length === 0 || this.flowing) return;
    this.flowing = true;
    this.events.onFlowing();
  }

  protected override receiveRtcp(packet: Buffer): void {
    this.reception.receiveRtcp(packet, performance.now());
    if (isBye(packet, ANY_SOURCE)) this.engine.heardBye();
  }

  protected override goodbye(): Buffer {
    return goodbye(this.reporter);
  }
}
