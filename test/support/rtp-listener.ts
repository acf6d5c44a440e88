import nodeDataChannel, { type PeerConnection, type Track } from 'node-datachannel';
import { negotiate, untilGathered, type Answer, type PeerLabels } from './signaling.js';

const RTP_HEADER_BYTES = 12;
const RECEIVER_REPORT = 201;
/** A live browser reports every few seconds; a peer that never does is taken for dead. */
const REPORT_INTERVAL_MS = 2_000;

export interface RtpListenerOptions extends PeerLabels {
  readonly url: string;
  /** Opus payload type of the offer: 111 in Chromium, 109 in Firefox. */
  readonly payloadType?: number;
}

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
  answer!: Answer;
  private readonly connection: PeerConnection;
  private readonly track: Track;
  private readonly reports: NodeJS.Timeout;
  private closed = false;

  private constructor(payloadType: number) {
    this.connection = new nodeDataChannel.PeerConnection('rtp listener', {
      iceServers: [],
      bindAddress: '127.0.0.1',
      disableAutoNegotiation: true,
    });
    const media = new nodeDataChannel.Audio('0', 'RecvOnly');
    media.addOpusCodec(payloadType);
    this.track = this.connection.addTrack(media);
    this.track.onMessage((datagram) => {
      const packet = readRtp(datagram);
      if (packet !== undefined) this.packets.push(packet);
    });
    this.reports = setInterval(() => {
      this.report();
    }, REPORT_INTERVAL_MS);
  }

  /** Resolves once the relay has answered. */
  static async join({ url, payloadType = 111, ...labels }: RtpListenerOptions): Promise<RtpListener> {
    const listener = new RtpListener(payloadType);
    try {
      const { connection } = listener;
      connection.setLocalDescription('offer');
      await untilGathered(() => connection.gatheringState() === 'complete');
      // Without candidates: the relay's checks could otherwise finish DTLS before its fingerprint is known here.
      const offer = connection.localDescription()!.sdp.replace(/^a=(?:candidate:|end-of-candidates).*\r?\n/gm, '');
      listener.answer = await negotiate(url, '/consumer', labels, offer);
      connection.setRemoteDescription(listener.answer.sdp, 'answer');
      return listener;
    } catch (error) {
      listener.close();
      throw error;
    }
  }

  /** Closes without a goodbye: the engine has none for peers without data channels. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    clearInterval(this.reports);
    this.track.close();
    this.connection.close();
  }

  /** An empty receiver report (RFC 3550, 6.4.2). */
  private report(): void {
    if (!this.track.isOpen()) return;
    const packet = Buffer.alloc(8);
    packet.writeUInt8(0x80, 0);
    packet.writeUInt8(RECEIVER_REPORT, 1);
    packet.writeUInt16BE(1, 2);
    packet.writeUInt32BE(1, 4);
    this.track.sendMessageBinary(packet);
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
