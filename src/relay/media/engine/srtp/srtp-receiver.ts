import { reserve } from '../native/memory.js';
import { derivePacketCipher } from './create-packet-cipher.js';
import { KnownSources } from './known-sources.js';
import type { PacketCipher } from './packet-cipher.js';
import { MAX_PACKET_BYTES } from './packet-memory.js';
import { TAG_BYTES, type SrtpProfile } from './profile.js';
import { estimateIndex } from './rtp-index.js';
import { RTCP_HEADER_BYTES, rtcpParts, rtpHeaderBytes } from './wire.js';

const opened = reserve(MAX_PACKET_BYTES);
const EMPTY = Buffer.alloc(0);

/**
 * Opens what one peer sends (RFC 3711, RFC 7714; no MKI). Datagrams may come from anybody: what is malformed, not authentic,
 * there already or older than the replay window is undefined and leaves no trace.
 */
export class SrtpReceiver {
  private readonly rtp: PacketCipher;
  private readonly rtcp: PacketCipher;
  private readonly rtpSources = new KnownSources();
  private readonly rtcpSources = new KnownSources();

  /**
   * @param master the peer's master key and salt; left to the caller to wipe
   * @throws RangeError for another length than the profile's
   */
  constructor(
    private readonly profile: SrtpProfile,
    master: Buffer,
  ) {
    this.rtp = derivePacketCipher(profile, master, 'rtp', 'open');
    this.rtcp = derivePacketCipher(profile, master, 'rtcp', 'open');
  }

  /** @returns the whole RTP packet; a view into shared memory that the next call of any receiver overwrites */
  openRtp(datagram: Buffer): Buffer | undefined {
    const headerBytes = rtpHeaderBytes(datagram);
    const end = datagram.length - TAG_BYTES[this.profile];
    if (headerBytes === undefined || headerBytes > end || datagram.length > MAX_PACKET_BYTES) return undefined;
    const ssrc = datagram.readUInt32BE(8);
    if (!this.rtpSources.admits(ssrc)) return undefined;
    const window = this.rtpSources.windowOf(ssrc);
    const index = estimateIndex(window?.newest ?? -1, datagram.readUInt16BE(2));
    if (window?.isNew(index) === false) return undefined;

    const packet = copyOf(datagram);
    const parts = {
      clear: packet.subarray(0, headerBytes),
      body: packet.subarray(headerBytes, end),
      indexWord: undefined,
      tag: packet.subarray(end),
    };
    if (!this.rtp.open(ssrc, index, parts)) return undefined;
    this.rtpSources.heard(ssrc, index);
    return packet.subarray(0, end);
  }

  /** @returns the RTCP packet, compound or not; a view into shared memory that the next call of any receiver overwrites */
  openRtcp(datagram: Buffer): Buffer | undefined {
    if (datagram.length > MAX_PACKET_BYTES) return undefined;
    const packet = copyOf(datagram);
    const parts = rtcpParts(this.profile, packet);
    if (!parts) return undefined;
    const ssrc = packet.readUInt32BE(4);
    const { index, isEncrypted, rtcp, indexWord, tag } = parts;
    if (!this.rtcpSources.admits(ssrc) || this.rtcpSources.windowOf(ssrc)?.isNew(index) === false) return undefined;

    const clear = isEncrypted ? rtcp.subarray(0, RTCP_HEADER_BYTES) : rtcp;
    const body = isEncrypted ? rtcp.subarray(RTCP_HEADER_BYTES) : EMPTY;
    if (!this.rtcp.open(ssrc, index, { clear, body, indexWord, tag })) return undefined;
    this.rtcpSources.heard(ssrc, index);
    return rtcp;
  }

  /** Wipes the keys; once. */
  free(): void {
    this.rtp.free();
    this.rtcp.free();
  }
}

function copyOf(datagram: Buffer): Buffer {
  const packet = opened.bytes.subarray(0, datagram.length);
  packet.set(datagram);
  return packet;
}
