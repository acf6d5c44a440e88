import type { RtpPacket } from '../../src/relay/media/rtp/rtp-packet.js';
import { RtpPeer, type RtpPeerOptions } from './rtp-peer.js';

/** A receiver report about nobody (RFC 3550, 6.4.2). */
const EMPTY_REPORT = Buffer.from('80c9000100000001', 'hex');
/** As a live browser does every few seconds. */
const REPORT_INTERVAL_MS = 2_000;

export interface RtpListenerOptions extends RtpPeerOptions {
  /** Whether it sends receiver reports, as small clients do not; true when absent. */
  readonly reports?: boolean;
}

export interface ReceivedPacket extends RtpPacket {
  /** Version, padding, extension and number of CSRCs, as it came off the wire. */
  readonly firstByte: number;
}

/** A listener that keeps every RTP packet that it gets. */
export class RtpListener extends RtpPeer {
  readonly packets: ReceivedPacket[] = [];
  private ticker: NodeJS.Timeout | undefined;

  /** Resolves once the relay has answered. */
  static async join({ reports = true, ...options }: RtpListenerOptions): Promise<RtpListener> {
    const { payloadType } = options;
    const listener = new RtpListener(payloadType === undefined ? {} : { payloadType });
    if (reports) listener.ticker = setInterval(() => listener.report(), REPORT_INTERVAL_MS);
    listener.onRtp((packet, [firstByte = 0]) => listener.packets.push({ ...packet, firstByte }));
    await listener.negotiate('/consumer', options);
    return listener;
  }

  override close(): void {
    clearInterval(this.ticker);
    super.close();
  }

  /** @returns false when the engine refused it */
  report(): boolean {
    return this.send(EMPTY_REPORT);
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
