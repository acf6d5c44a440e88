/** How SRTP is protected, by the names of RFC 7714 (section 12) and RFC 3711 (section 4, RFC 5764 section 4.1.2). */
export type SrtpProfile = 'AEAD_AES_128_GCM' | 'AES_CM_128_HMAC_SHA1_80';

export const CIPHER_KEY_BYTES = 16;
/** Of HMAC-SHA1, RFC 3711 section 5.2. */
export const AUTHENTICATION_KEY_BYTES = 20;

/** Master salts and session salts are as long: RFC 7714 section 12.1, RFC 3711 section 5.3. */
export const SALT_BYTES: Readonly<Record<SrtpProfile, number>> = {
  AEAD_AES_128_GCM: 12,
  AES_CM_128_HMAC_SHA1_80: 14,
};
/** What a packet grows by. */
export const TAG_BYTES: Readonly<Record<SrtpProfile, number>> = {
  AEAD_AES_128_GCM: 16,
  AES_CM_128_HMAC_SHA1_80: 10,
};
