import { KnownSources } from './known-sources.js';
import { PacketCipher, type PacketParts } from './packet-cipher.js';
import { estimateIndex } from './rtp-index.js';
import type { SrtpProfile } from './session-keys.js';
import { srtcpPacket, srtpPacket } from './srtp-packet.js';

/**
 * Opens what one peer sends (RFC 3711, RFC 7714; no MKI). Datagrams may come from anybody: what is malformed, not authentic,
 * there already or older than the replay window is undefined and leaves no trace.
 */
export class SrtpReceiver {
  private readonly master: Buffer;
  private readonly rtcp: Stream;
  /** Made for the first packet: a listener sends none. */
  private rtp: Stream | undefined;
  private isFreed = false;

  /**
   * @param master the peer's master key and salt; left to the caller to wipe
   * @throws RangeError for another length than the profile's
   */
  constructor(
    private readonly profile: SrtpProfile,
    master: Buffer,
  ) {
    this.rtcp = new Stream(profile, master, 'rtcp');
    this.master = Buffer.from(master);
  }

  /** @returns the whole RTP packet */
  openRtp(datagram: Buffer): Buffer | undefined {
    const packet = this.isFreed ? undefined : srtpPacket(this.profile, datagram);
    if (packet === undefined) return undefined;
    this.rtp ??= new Stream(this.profile, this.master, 'rtp');
    const index = estimateIndex(this.rtp.sources.newestOf(packet.ssrc), datagram.readUInt16BE(2));
    return this.rtp.open({ ...packet, index, indexWord: undefined }, packet.tag);
  }

  /** @returns the RTCP packet, compound or not */
  openRtcp(datagram: Buffer): Buffer | undefined {
    const packet = this.isFreed ? undefined : srtcpPacket(this.profile, datagram);
    return packet && this.rtcp.open(packet, packet.tag);
  }

  /** Wipes the keys; once. */
  free(): void {
    this.isFreed = true;
    this.rtcp.cipher.free();
    this.rtp?.cipher.free();
    this.master.fill(0);
  }
}

/** RTP or RTCP. */
class Stream {
  readonly sources = new KnownSources();
  readonly cipher: PacketCipher;

  constructor(profile: SrtpProfile, master: Buffer, of: 'rtp' | 'rtcp') {
    this.cipher = PacketCipher.derive(profile, master, of, 'open');
  }

  open(parts: PacketParts, tag: Buffer): Buffer | undefined {
    const { ssrc, index, clear } = parts;
    if (!this.sources.admits(ssrc, index)) return undefined;
    const body = this.cipher.open(parts, tag);
    if (body === undefined) return undefined;
    this.sources.heard(ssrc, index);
    return Buffer.concat([clear, body]);
  }
}
