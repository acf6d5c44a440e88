import type { Handle } from '../native/handle.js';
import { HmacSha1 } from '../native/hmac-sha1.js';
import { keyedCipher } from './keyed-cipher.js';
import { IV, writeIv } from './packet-memory.js';
import type { SrtpProfile } from './profile.js';
import { deriveSessionKeys, wipe } from './session-keys.js';

/**
 * What a fan-out needs to seal RTP of one SSRC for one listener. Once for each master key and SSRC: whoever joins a fan-out
 * again under the same ones would use numbers again, and under AES-GCM give away the authentication key.
 */
export class SrtpSenderKeys {
  readonly isAead: boolean;
  /** Salt XOR SSRC: the IV of index 0. */
  readonly iv: Buffer = Buffer.alloc(IV.bytes.length);
  private readonly cipher: Handle;
  private readonly hmac: HmacSha1 | undefined;

  /**
   * @param master our master key and salt; left to the caller to wipe
   * @throws RangeError for another length than the profile's
   */
  constructor(profile: SrtpProfile, master: Buffer, ssrc: number) {
    const keys = deriveSessionKeys(profile, master, 'rtp');
    this.isAead = profile === 'AEAD_AES_128_GCM';
    this.cipher = keyedCipher(this.isAead ? 'gcm' : 'counter', keys.cipherKey, 'seal');
    this.hmac = this.isAead ? undefined : new HmacSha1(keys.authenticationKey);
    writeIv(keys.salt, ssrc, 0);
    IV.bytes.copy(this.iv);
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
