import { randomInt } from 'node:crypto';
import nodeDataChannel from 'node-datachannel';
import { composeAnswer, readEngineTransport } from '../sdp/compose-answer.js';
import { engineOffer } from '../sdp/engine-offer.js';
import type { BroadcasterReport, OpenPeerRequest } from '../media-protocol.js';
import { encodeBusPacket } from './bus-packet.js';
import { EnginePeer } from './engine-peer.js';
import { IngressBudget } from './ingress-budget.js';
import type { PeerContext } from './peer-context.js';
import { PeerWatch, type Finding } from './peer-watch.js';
import { Reception } from './rtp/reception.js';
import { isRtcp, MAX_RTP_BYTES, parseRtp } from './rtp/rtp-packet.js';
import { SoundMeter } from './rtp/sound-meter.js';

/** One broadcaster: a recvonly track whose sound packets go to the bus. */
export class BroadcasterPeer {
  readonly role = 'broadcaster';
  readonly peerId: string;
  readonly broadcastId: string;
  /** Whether a packet came from it yet. */
  flowing = false;

  private readonly engine: EnginePeer;
  private iceUfrag: string | undefined;
  private readonly watch: PeerWatch;
  private readonly reception = new Reception();
  private readonly sound = new SoundMeter();
  private readonly budget: IngressBudget;
  private readonly reporterSsrc = randomInt(1, 2 ** 32);
  private readonly openedAtMs: number;

  /** @param onFirstPacket called once */
  constructor(
    private readonly request: OpenPeerRequest,
    private readonly context: PeerContext,
    private readonly onFirstPacket: () => void,
  ) {
    const { audio } = request.offer;
    this.peerId = request.peerId;
    this.broadcastId = request.broadcastId;
    this.openedAtMs = context.now();
    this.watch = new PeerWatch(context.watchLimits, this.openedAtMs);
    this.budget = new IngressBudget(this.openedAtMs);

    const media = new nodeDataChannel.Audio(audio.mid, 'RecvOnly');
    media.addOpusCodec(audio.payloadType);
    this.engine = EnginePeer.open(
      request.peerId,
      context.engine,
      request.udpPort,
      media,
      engineOffer(request.offer, 'sendonly'),
    );
    this.engine.onDatagram(
      (datagram) => {
        this.receive(datagram);
      },
      (error) => {
        context.onPeerError(request, error);
      },
    );
  }

  async answer(): Promise<string> {
    const transport = readEngineTransport(await this.engine.localSdp());
    this.iceUfrag = transport.iceUfrag;
    return composeAnswer({
      offer: this.request.offer,
      transport,
      detourPort: this.request.offer.relayedOverTcp ? await this.context.detour?.lead(transport) : undefined,
      publicIps: this.context.publicIps,
      opus: this.context.opus,
    });
  }

  get isConnected(): boolean {
    return this.watch.isConnected;
  }

  remoteAddress(): ReturnType<EnginePeer['remoteAddress']> {
    return this.engine.remoteAddress();
  }

  check(nowMs: number): Finding {
    return this.watch.check(this.engine.state(), nowMs);
  }

  sendReceiverReport(nowMs: number): void {
    const report = this.reception.report(this.reporterSsrc, nowMs);
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

  close(): void {
    if (this.iceUfrag !== undefined) this.context.detour?.leave(this.iceUfrag);
    this.engine.close();
  }

  private receive(datagram: Buffer): void {
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
    if (datagram.length > MAX_RTP_BYTES) {
      counters.rtpDropped.oversized += 1;
      return;
    }
    const packet = parseRtp(datagram, this.request.offer.audio.audioLevelExtensionId);
    if (packet === undefined) {
      counters.rtpDropped.malformed += 1;
      return;
    }
    if (packet.payloadType !== this.request.offer.audio.payloadType) {
      counters.rtpDropped.wrong_payload_type += 1;
      return;
    }
    this.reception.receive(packet, nowMs);
    this.sound.receive(packet, nowMs);
    bus.publish(this.broadcastId, encodeBusPacket(this.request.generation, packet));
    if (!this.flowing) {
      this.flowing = true;
      this.onFirstPacket();
    }
  }
}
