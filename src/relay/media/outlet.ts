import { randomInt, randomUUID } from 'node:crypto';
import type { ListenerTrack } from '../sdp/compose-answer.js';
import { decodeBusPacket } from './bus-packet.js';
import type { ListenerPeer } from './listener-peer.js';
import type { PeerContext } from './peer-context.js';
import { RtpContinuity } from './rtp/rtp-continuity.js';
import { RTP_HEADER_BYTES } from './rtp/rtp-packet.js';

/** The part of a listener that a packet meets. */
export type PacketSink = Pick<ListenerPeer, 'peerId' | 'payloadType' | 'flowing' | 'isConnected' | 'send'>;

/**
 * Where one broadcast leaves this worker: its packets come off the bus, get the numbers that listeners know, and go out.
 * The work is done once a packet and payload type; a listener costs one call into the engine.
 */
export class Outlet {
  /** What the answers of its listeners announce. */
  readonly track: ListenerTrack = {
    ssrc: randomInt(1, 2 ** 32),
    cname: randomUUID(),
    streamId: randomUUID(),
    trackId: randomUUID(),
  };

  private readonly groups = new Map<number, Set<PacketSink>>();
  private readonly continuity = new RtpContinuity();
  /** Low, so that a listener can see the numbers wrap only after it heard some (RFC 3711, 3.3.1). */
  private readonly firstNumber = randomInt(2 ** 15);
  private readonly unsubscribe: () => void;

  constructor(
    broadcastId: string,
    private readonly context: Pick<PeerContext, 'bus' | 'counters' | 'now'>,
    private readonly onFirstPacket: (peerId: string) => void,
  ) {
    this.unsubscribe = context.bus.subscribe(broadcastId, (bytes) => this.forward(bytes));
  }

  get isEmpty(): boolean {
    return this.groups.size === 0;
  }

  add(listener: PacketSink): void {
    const group = this.groups.get(listener.payloadType);
    if (group === undefined) this.groups.set(listener.payloadType, new Set([listener]));
    else group.add(listener);
  }

  remove(listener: PacketSink): void {
    const group = this.groups.get(listener.payloadType);
    group?.delete(listener);
    if (group?.size === 0) this.groups.delete(listener.payloadType);
  }

  close(): void {
    this.unsubscribe();
    this.groups.clear();
  }

  private forward(bytes: Buffer): void {
    const { counters, now } = this.context;
    const packet = decodeBusPacket(bytes);
    const isEmpty = packet.payload.length === 0;
    const numbers = this.continuity.next(packet, packet.sequenceNumber, packet.timestamp, now(), isEmpty);
    if (numbers === undefined) {
      if (!isEmpty) counters.rtpDropped.stale += 1;
      return;
    }
    const out = Buffer.allocUnsafe(RTP_HEADER_BYTES + packet.payload.length);
    out.writeUInt8(0x80, 0);
    out.writeUInt16BE((this.firstNumber + numbers.index) & 0xffff, 2);
    out.writeUInt32BE(numbers.timestamp, 4);
    out.writeUInt32BE(this.track.ssrc, 8);
    packet.payload.copy(out, RTP_HEADER_BYTES);
    for (const [payloadType, listeners] of this.groups) {
      out.writeUInt8((numbers.startsSpurt ? 0x80 : 0) | payloadType, 1);
      for (const listener of listeners) this.sendTo(listener, out);
    }
  }

  private sendTo(listener: PacketSink, packet: Buffer): void {
    if (!listener.isConnected) return;
    if (!listener.send(packet)) {
      this.context.counters.rtpSendFailures += 1;
      return;
    }
    this.context.counters.rtpOut += 1;
    if (!listener.flowing) {
      listener.flowing = true;
      this.onFirstPacket(listener.peerId);
    }
  }
}
