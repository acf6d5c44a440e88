import { KnownSources } from './known-sources.js';
import { openPacket, type PacketParts } from './packet-cipher.js';
import { estimateIndex } from './rtp-index.js';
import { deriveSessionKeys, wipe, type SrtpProfile } from './session-keys.js';
import { srtcpPacket, srtpPacket } from './srtp-packet.js';

/**
 * Opens what one peer sends (RFC 3711, RFC 7714; no MKI). Datagrams may come from anybody: what is malformed, not authentic,
 * there already or older than the replay window is undefined and leaves no trace.
 */
export class SrtpReceiver {
  private readonly rtp;
  private readonly rtcp;

  /**
   * @param master the peer's master key and salt; left to the caller to wipe
   * @throws RangeError for another length than the profile's
   */
  constructor(
    private readonly profile: SrtpProfile,
    master: Buffer,
  ) {
    this.rtp = { keys: deriveSessionKeys(profile, master, 'rtp'), sources: new KnownSources() };
    this.rtcp = { keys: deriveSessionKeys(profile, master, 'rtcp'), sources: new KnownSources() };
  }

  /** @returns the whole RTP packet */
  openRtp(datagram: Buffer): Buffer | undefined {
    const packet = srtpPacket(this.profile, datagram);
    if (packet === undefined) return undefined;
    const index = estimateIndex(this.rtp.sources.newestOf(packet.ssrc), datagram.readUInt16BE(2));
    return open(this.rtp, { ...packet, index, indexWord: undefined });
  }

  /** @returns the RTCP packet, compound or not */
  openRtcp(datagram: Buffer): Buffer | undefined {
    const packet = srtcpPacket(this.profile, datagram);
    return packet && open(this.rtcp, packet);
  }

  /** Wipes the keys. */
  free(): void {
    wipe(this.rtp.keys);
    wipe(this.rtcp.keys);
  }
}

function open(
  { keys, sources }: SrtpReceiver['rtp'],
  packet: PacketParts & { readonly tag: Buffer },
): Buffer | undefined {
  const { ssrc, index, clear, tag } = packet;
  if (!sources.admits(ssrc, index)) return undefined;
  const body = openPacket(keys, packet, tag);
  if (body === undefined) return undefined;
  sources.heard(ssrc, index);
  return Buffer.concat([clear, body]);
}
