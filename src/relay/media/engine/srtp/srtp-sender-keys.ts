import { Aes128 } from '../native/aes128.js';
import { HmacSha1 } from '../native/hmac-sha1.js';
import { deriveSessionKeys, ivOf, wipe, type SrtpProfile } from './session-keys.js';

/**
 * What a fan-out needs to seal RTP of one SSRC for one listener. Once for each master key and SSRC: whoever joins a fan-out
 * again under the same ones would use numbers again, and under AES-GCM give away the authentication key.
 */
export class SrtpSenderKeys {
  /** Salt XOR SSRC: the IV of index 0. */
  readonly iv: Buffer;
  private readonly cipher: Aes128;
  private readonly hmac: HmacSha1 | undefined;

  /**
   * @param master our master key and salt; left to the caller to wipe
   * @throws RangeError for another length than the profile's
   */
  constructor(profile: SrtpProfile, master: Buffer, ssrc: number) {
    const keys = deriveSessionKeys(profile, master, 'rtp');
    const isAead = profile === 'AEAD_AES_128_GCM';
    this.cipher = new Aes128(isAead ? 'gcm' : 'counter', keys.cipherKey, 'seal');
    this.hmac = isAead ? undefined : new HmacSha1(keys.authenticationKey);
    this.iv = ivOf(profile, keys.salt, ssrc, 0);
    wipe(keys);
  }

  /** For the calls that the hot path makes by itself. */
  get cipherPointer(): bigint {
    return this.cipher.pointer;
  }

  /** Undefined for an AEAD, which has none. */
  get hmacPointer(): bigint | undefined {
    return this.hmac?.pointer;
  }

  /** Wipes the keys; once. */
  free(): void {
    this.cipher.free();
    this.hmac?.free();
    this.iv.fill(0);
  }
}
