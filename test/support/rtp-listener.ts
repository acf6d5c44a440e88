import type { MediaProxy } from './media-proxy.js';
import { RtpPeer, type RtpPeerOptions } from './rtp-peer.js';
import type { Answer } from './signaling.js';

const RTP_HEADER_BYTES = 12;
const RECEIVER_REPORT = 201;
/** A live browser reports every few seconds; a peer that never does is taken for dead. */
const REPORT_INTERVAL_MS = 2_000;

export type RtpListenerOptions = RtpPeerOptions;

/** One packet as it came off the wire, header fields as in RFC 3550. */
export interface ReceivedPacket {
  readonly atMs: number;
  readonly firstByte: number;
  readonly payloadType: number;
  readonly sequenceNumber: number;
  readonly timestamp: number;
  readonly ssrc: number;
}

/** A listener that keeps the header of every RTP packet it gets. */
export class RtpListener {
  readonly packets: ReceivedPacket[] = [];
  private readonly peer: RtpPeer;
  private readonly reports: NodeJS.Timeout;

  private constructor(payloadType: number) {
    this.peer = new RtpPeer('RecvOnly', (media) => {
      media.addOpusCodec(payloadType);
    });
    this.peer.onDatagram((datagram) => {
      const packet = readRtp(datagram);
      if (packet !== undefined) this.packets.push(packet);
    });
    this.reports = setInterval(() => this.report(), REPORT_INTERVAL_MS);
  }

  /** Resolves once the relay has answered. */
  static async join(options: RtpListenerOptions): Promise<RtpListener> {
    const listener = new RtpListener(options.payloadType ?? 111);
    try {
      await listener.peer.negotiate('/consumer', options);
      return listener;
    } catch (error) {
      listener.close();
      throw error;
    }
  }

  get answer(): Answer {
    return this.peer.answer;
  }

  get offer(): string {
    return this.peer.offer;
  }

  /** Of a listener that asked for one. */
  get proxy(): MediaProxy {
    return this.peer.proxy!;
  }

  /** Closes without a goodbye: the engine has none for peers without data channels. */
  close(): void {
    clearInterval(this.reports);
    this.peer.close();
  }

  /** Sends an empty receiver report (RFC 3550, 6.4.2). @returns false when the engine refused it */
  report(): boolean {
    const packet = Buffer.alloc(8);
    packet.writeUInt8(0x80, 0);
    packet.writeUInt8(RECEIVER_REPORT, 1);
    packet.writeUInt16BE(1, 2);
    packet.writeUInt32BE(1, 4);
    return this.peer.send(packet);
  }
}

/** What is not as one unbroken stream has it, in words; empty for one SSRC, no packet missing, timestamps that rise. */
export function breaksIn(packets: readonly ReceivedPacket[]): string[] {
  return packets.slice(1).flatMap((packet, index) => {
    const before = packets[index]!;
    const step = (packet.sequenceNumber - before.sequenceNumber) & 0xffff;
    const elapsed = (packet.timestamp - before.timestamp) | 0;
    return [
      ...(packet.ssrc === before.ssrc ? [] : [`packet ${index + 1} has another SSRC`]),
      ...(step === 1 ? [] : [`packet ${index + 1} is ${step} numbers after the one before`]),
      ...(elapsed > 0 ? [] : [`the timestamp of packet ${index + 1} moved by ${elapsed}`]),
    ];
  });
}

function readRtp(datagram: Buffer): ReceivedPacket | undefined {
  if (datagram.length < RTP_HEADER_BYTES) return undefined;
  const second = datagram.readUInt8(1);
  const isRtcp = second >= 192 && second <= 223;
  if (isRtcp) return undefined;
  return {
    atMs: performance.now(),
    firstByte: datagram.readUInt8(0),
    payloadType: second & 0x7f,
    sequenceNumber: datagram.readUInt16BE(2),
    timestamp: datagram.readUInt32BE(4),
    ssrc: datagram.readUInt32BE(8),
  };
}
