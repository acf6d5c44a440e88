import { PacketCipher } from './packet-cipher.js';
import type { SrtpProfile } from './session-keys.js';

/**
 * What a fan-out needs to seal RTP of one SSRC for one listener. Once for each master key and SSRC: whoever joins a fan-out
 * again under the same ones would use numbers again, and under AES-GCM give away the authentication key.
 */
export class SrtpSenderKeys {
  /** Salt XOR SSRC: the IV of index 0. */
  readonly iv: Buffer;
  private readonly cipher: PacketCipher;

  /**
   * @param master our master key and salt; left to the caller to wipe
   * @throws RangeError for another length than the profile's
   */
  constructor(profile: SrtpProfile, master: Buffer, ssrc: number) {
    this.cipher = PacketCipher.derive(profile, master, 'rtp', 'seal');
    this.iv = this.cipher.ivOf(ssrc, 0);
  }

  /** Objects of OpenSSL's. @throws Error once freed */
  get pointers(): PacketCipher['pointers'] {
    return this.cipher.pointers;
  }

  /** Wipes the keys; once. */
  free(): void {
    this.cipher.free();
    this.iv.fill(0);
  }
}
