import { randomInt, randomUUID } from 'node:crypto';
import nodeDataChannel from 'node-datachannel';
import type { BroadcasterReport, OpenPeerRequest } from '../media-protocol.js';
import { encodeBusPacket } from './bus-packet.js';
import { IngressBudget } from './ingress-budget.js';
import { MediaPeer } from './media-peer.js';
import type { PeerContext } from './peer-context.js';
import { Reception } from './rtp/reception.js';
import { isRtcp, MAX_RTP_PAYLOAD_BYTES, parseRtp } from './rtp/rtp-packet.js';
import { SoundMeter } from './rtp/sound-meter.js';

/** One broadcaster: a recvonly track whose sound packets go to the bus. */
export class BroadcasterPeer extends MediaPeer {
  readonly role = 'broadcaster';

  private readonly reception = new Reception();
  private readonly sound = new SoundMeter();
  private readonly budget: IngressBudget;
  private readonly reporter = { ssrc: randomInt(1, 2 ** 32), cname: randomUUID() };
  private readonly openedAtMs: number;

  /** @param onFirstPacket called once */
  constructor(
    request: OpenPeerRequest,
    context: PeerContext,
    private readonly onFirstPacket: () => void,
  ) {
    const { audio } = request.offer;
    const media = new nodeDataChannel.Audio(audio.mid, 'RecvOnly');
    media.addOpusCodec(audio.payloadType);
    super(request, context, media);
    this.openedAtMs = context.now();
    this.budget = new IngressBudget(this.openedAtMs);
  }

  sendReceiverReport(nowMs: number): void {
    const report = this.reception.report(this.reporter, nowMs);
    if (report !== undefined) this.engine.send(report);
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

  protected override receive(datagram: Buffer): void {
    const nowMs = this.context.now();
    this.watch.heard(nowMs, false);
    if (isRtcp(datagram)) {
      this.reception.receiveRtcp(datagram, nowMs);
      return;
    }
    const { counters, bus } = this.context;
    counters.rtpIn += 1;
    if (!this.budget.take(datagram.length, nowMs)) {
      counters.rtpDropped.too_fast += 1;
      return;
    }
    const packet = parseRtp(datagram, this.request.offer.audio.audioLevelExtensionId);
    if (packet === undefined) {
      counters.rtpDropped.malformed += 1;
      return;
    }
    if (packet.payload.length > MAX_RTP_PAYLOAD_BYTES) {
      counters.rtpDropped.oversized += 1;
      return;
    }
    if (packet.payloadType !== this.request.offer.audio.payloadType) {
      counters.rtpDropped.wrong_payload_type += 1;
      return;
    }
    this.reception.receive(packet, nowMs);
    this.sound.receive(packet, nowMs);
    bus.publish(this.broadcastId, encodeBusPacket(this.request.generation, packet));
    if (!this.flowing && packet.payload.length > 0) {
      this.flowing = true;
      this.onFirstPacket();
    }
  }
}
