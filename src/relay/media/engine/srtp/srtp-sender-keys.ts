import {
  EVP_aes_128_ctr,
  EVP_aes_128_gcm,
  EVP_CIPHER_CTX_free,
  EVP_CIPHER_CTX_new,
  EVP_EncryptInit_ex,
} from '../native/evp.js';
import { Handle } from '../native/handle.js';
import { HmacSha1 } from '../native/hmac-sha1.js';
import { must } from '../native/openssl-errors.js';
import { deriveSessionKeys, ivOf, wipe, type SrtpProfile } from './session-keys.js';

const CIPHERS = { AEAD_AES_128_GCM: EVP_aes_128_gcm(), AES_CM_128_HMAC_SHA1_80: EVP_aes_128_ctr() };

/**
 * What a fan-out needs to seal RTP of one SSRC for one listener. Once for each master key and SSRC: whoever joins a fan-out
 * again under the same ones would use numbers again, and under AES-GCM give away the authentication key.
 */
export class SrtpSenderKeys {
  /** Salt XOR SSRC: the IV of index 0. */
  readonly iv: Buffer;
  private readonly cipher = new Handle(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  private readonly hmac: HmacSha1 | undefined;

  /**
   * @param master our master key and salt; left to the caller to wipe
   * @throws RangeError for another length than the profile's
   */
  constructor(
    readonly profile: SrtpProfile,
    master: Buffer,
    ssrc: number,
  ) {
    try {
      const keys = deriveSessionKeys(profile, master, 'rtp');
      must(EVP_EncryptInit_ex(this.cipher.pointer, CIPHERS[profile], null, keys.cipherKey, null), 'SRTP key');
      if (profile === 'AES_CM_128_HMAC_SHA1_80') this.hmac = new HmacSha1(keys.authenticationKey);
      this.iv = ivOf(keys, ssrc, 0);
      wipe(keys);
    } catch (error) {
      this.cipher.free();
      throw error;
    }
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
