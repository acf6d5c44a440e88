import { Aes128 } from '../native/aes128.js';

/** How SRTP is protected, by the names of RFC 7714 (section 12) and RFC 3711 (section 4, RFC 5764 section 4.1.2). */
export type SrtpProfile = 'AEAD_AES_128_GCM' | 'AES_CM_128_HMAC_SHA1_80';

/** What a packet grows by. */
export const TAG_BYTES: Readonly<Record<SrtpProfile, number>> = { AEAD_AES_128_GCM: 16, AES_CM_128_HMAC_SHA1_80: 10 };
/** Master salts and session salts are as long: RFC 7714 section 12.1, RFC 3711 section 5.3. */
const SALT_BYTES = { AEAD_AES_128_GCM: 12, AES_CM_128_HMAC_SHA1_80: 14 };
const CIPHER_KEY_BYTES = 16;
/** Of HMAC-SHA1, RFC 3711 section 5.2. */
const AUTHENTICATION_KEY_BYTES = 20;
/** RFC 3711 section 4.3.2: cipher key, authentication key, salt. */
const LABELS = { rtp: [0, 1, 2], rtcp: [3, 4, 5] } as const;
/** Where the label lies in the 14 bytes of key_id XOR master_salt, before 48 bits of a zero index. */
const LABEL_AT = 7;

/** The keys of RTP or RTCP in one direction. */
export interface SessionKeys {
  readonly profile: SrtpProfile;
  readonly cipherKey: Buffer;
  /** Of no use to an AEAD. */
  readonly authenticationKey: Buffer;
  readonly salt: Buffer;
}

/**
 * RFC 3711 section 4.3, no key derivation rate; RFC 7714 section 11 takes the same function, its shorter salt filled up
 * with zeros.
 *
 * @param master 16 bytes of key, then the salt; left to the caller to wipe
 * @throws RangeError for another length than the profile's
 */
export function deriveSessionKeys(profile: SrtpProfile, master: Buffer, use: 'rtp' | 'rtcp'): SessionKeys {
  if (master.length !== CIPHER_KEY_BYTES + SALT_BYTES[profile]) throw new RangeError('a master key of another length');
  const cipher = new Aes128('counter', master.subarray(0, CIPHER_KEY_BYTES), 'seal');
  const derive = (label: number, length: number): Buffer => {
    const iv = Buffer.alloc(16);
    master.copy(iv, 0, CIPHER_KEY_BYTES);
    iv.writeUInt8(iv.readUInt8(LABEL_AT) ^ label, LABEL_AT);
    const key = Buffer.alloc(length);
    cipher.begin(iv);
    cipher.crypt(key);
    return key;
  };
  const [forCipher, forAuthentication, forSalt] = LABELS[use];
  try {
    return {
      profile,
      cipherKey: derive(forCipher, CIPHER_KEY_BYTES),
      authenticationKey: derive(forAuthentication, AUTHENTICATION_KEY_BYTES),
      salt: derive(forSalt, SALT_BYTES[profile]),
    };
  } finally {
    cipher.free();
  }
}

export function wipe({ cipherKey, authenticationKey, salt }: SessionKeys): void {
  for (const secret of [cipherKey, authenticationKey, salt]) secret.fill(0);
}
