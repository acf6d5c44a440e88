import { EVP_EncryptInit_ex, EVP_EncryptUpdate } from '../native/evp.js';
import type { Handle } from '../native/handle.js';
import { must } from '../native/openssl-errors.js';
import { keyedCipher } from './keyed-cipher.js';
import { WRITTEN } from './packet-memory.js';
import { AUTHENTICATION_KEY_BYTES, CIPHER_KEY_BYTES, SALT_BYTES, type SrtpProfile } from './profile.js';

/** Labels of RFC 3711 section 4.3.2: cipher key, authentication key, salt. */
const LABELS = { rtp: [0, 1, 2], rtcp: [3, 4, 5] } as const;
/** Where the label lies in the 14 bytes of key_id XOR master_salt, before 48 bits of a zero index. */
const LABEL_AT = 7;

export interface SessionKeys {
  readonly cipherKey: Buffer;
  /** Of no use to an AEAD. */
  readonly authenticationKey: Buffer;
  readonly salt: Buffer;
}

/**
 * The keys of RTP or RTCP in one direction (RFC 3711 section 4.3, no key derivation rate; RFC 7714 section 11 takes the
 * same function, its shorter salt filled up with zeros).
 *
 * @param master 16 bytes of key, then the salt; left as it is
 * @throws RangeError for another length
 */
export function deriveSessionKeys(profile: SrtpProfile, master: Buffer, use: 'rtp' | 'rtcp'): SessionKeys {
  const saltBytes = SALT_BYTES[profile];
  if (master.length !== CIPHER_KEY_BYTES + saltBytes) throw new RangeError('a master key of another length');
  const [cipherLabel, authenticationLabel, saltLabel] = LABELS[use];
  const salt = master.subarray(CIPHER_KEY_BYTES);
  const cipher = keyedCipher('counter', master.subarray(0, CIPHER_KEY_BYTES), 'seal');
  try {
    const derive = (label: number, length: number) => keyStream(cipher, salt, label, length);
    return {
      cipherKey: derive(cipherLabel, CIPHER_KEY_BYTES),
      authenticationKey: derive(authenticationLabel, AUTHENTICATION_KEY_BYTES),
      salt: derive(saltLabel, saltBytes),
    };
  } finally {
    cipher.free();
  }
}

/** Once contexts of OpenSSL have taken the keys. */
export function wipe(keys: SessionKeys): void {
  keys.cipherKey.fill(0);
  keys.authenticationKey.fill(0);
  keys.salt.fill(0);
}

function keyStream(cipher: Handle, masterSalt: Buffer, label: number, length: number): Buffer {
  const iv = Buffer.alloc(16);
  masterSalt.copy(iv);
  iv.writeUInt8(iv.readUInt8(LABEL_AT) ^ label, LABEL_AT);
  must(EVP_EncryptInit_ex(cipher.pointer, null, null, null, iv), 'SRTP key');
  const key = Buffer.alloc(length);
  must(EVP_EncryptUpdate(cipher.pointer, key, WRITTEN.address, key, length), 'SRTP key');
  iv.fill(0);
  return key;
}
