import { PacketCipher } from './packet-cipher.js';
import type { SrtpProfile } from './session-keys.js';
import { ENCRYPTED, MAX_RTCP_INDEX, RTCP_HEADER_BYTES } from './srtp-packet.js';

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
    this.cipher = PacketCipher.derive(profile, master, 'rtcp', 'seal');
  }

  /**
   * @param rtcp one packet or a compound of them
   * @throws RangeError for what is no RTCP packet, and after 2³¹ packets, when a new key is due
   */
  seal(rtcp: Buffer): Buffer {
    if (rtcp.length < RTCP_HEADER_BYTES || rtcp.readUInt8(0) >> 6 !== 2 || this.next > MAX_RTCP_INDEX) {
      throw new RangeError('RTCP that cannot be sealed');
    }
    const index = this.next;
    this.next += 1;
    const indexWord = Buffer.alloc(4);
    indexWord.writeUInt32BE(ENCRYPTED + index);
    const clear = rtcp.subarray(0, RTCP_HEADER_BYTES);
    const plain = { ssrc: rtcp.readUInt32BE(4), index, clear, body: rtcp.subarray(RTCP_HEADER_BYTES), indexWord };
    const { body, tag } = this.cipher.seal(plain);
    return Buffer.concat([clear, body, ...(this.profile === 'AEAD_AES_128_GCM' ? [tag, indexWord] : [indexWord, tag])]);
  }

  /** Wipes the keys; once. */
  free(): void {
    this.cipher.free();
  }
}
