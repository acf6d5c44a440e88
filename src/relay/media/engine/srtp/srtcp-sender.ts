import { reserve } from '../native/memory.js';
import { derivePacketCipher } from './create-packet-cipher.js';
import type { PacketCipher } from './packet-cipher.js';
import { MAX_PACKET_BYTES } from './packet-memory.js';
import { TAG_BYTES, type SrtpProfile } from './profile.js';
import { ENCRYPTED, INDEX_WORD_BYTES, MAX_RTCP_INDEX, RTCP_HEADER_BYTES, rtcpParts } from './wire.js';

const sealed = reserve(MAX_PACKET_BYTES);

/** Seals the RTCP for one peer (RFC 3711 section 3.4, RFC 7714 section 9). The index begins at 0 and rises with each packet. */
export class SrtcpSender {
  private readonly cipher: PacketCipher;
  private next = 0;

  /**
   * @param master our master key and salt; left to the caller to wipe
   * @throws RangeError for another length than the profile's
   */
  constructor(
    private readonly profile: SrtpProfile,
    master: Buffer,
  ) {
    this.cipher = derivePacketCipher(profile, master, 'rtcp', 'seal');
  }

  /**
   * @param rtcp one packet or a compound of them
   * @returns a view into shared memory that the next call of any sender overwrites
   * @throws RangeError for what is no RTCP packet or too long, and after 2³¹ packets, when a new key is due
   */
  seal(rtcp: Buffer): Buffer {
    const length = rtcp.length + TAG_BYTES[this.profile] + INDEX_WORD_BYTES;
    if (length > MAX_PACKET_BYTES || this.next > MAX_RTCP_INDEX) throw new RangeError('RTCP that cannot be sealed');
    const packet = sealed.bytes.subarray(0, length);
    packet.set(rtcp);
    const parts = rtcpParts(this.profile, packet);
    if (!parts) throw new RangeError('RTCP that cannot be sealed');
    const index = this.next;
    this.next += 1;
    parts.indexWord.writeUInt32BE(ENCRYPTED + index);
    this.cipher.seal(packet.readUInt32BE(4), index, {
      clear: parts.rtcp.subarray(0, RTCP_HEADER_BYTES),
      body: parts.rtcp.subarray(RTCP_HEADER_BYTES),
      indexWord: parts.indexWord,
      tag: parts.tag,
    });
    return packet;
  }

  /** Wipes the key; once. */
  free(): void {
    this.cipher.free();
  }
}
