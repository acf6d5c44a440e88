import { foreign } from './foreign.js';

/** Digests, ciphers and HMAC (OpenSSL's EVP and HMAC). */

/** `EVP_CTRL_AEAD_GET_TAG` and `EVP_CTRL_AEAD_SET_TAG` */
export const AEAD_GET_TAG = 16;
export const AEAD_SET_TAG = 17;
/** Of `EVP_CipherInit_ex`: encrypts or decrypts as before. */
export const KEEP_DIRECTION = -1;

export const EVP_sha1 = foreign('void *EVP_sha1()');
export const EVP_sha224 = foreign('void *EVP_sha224()');
export const EVP_sha256 = foreign('void *EVP_sha256()');
export const EVP_sha384 = foreign('void *EVP_sha384()');
export const EVP_sha512 = foreign('void *EVP_sha512()');
export const EVP_aes_128_gcm = foreign('void *EVP_aes_128_gcm()');
export const EVP_aes_128_ctr = foreign('void *EVP_aes_128_ctr()');

export const EVP_CIPHER_CTX_new = foreign('void *EVP_CIPHER_CTX_new()');
/** Wipes the key, too. */
export const EVP_CIPHER_CTX_free = foreign('void EVP_CIPHER_CTX_free(void *context)');
export const EVP_CIPHER_CTX_ctrl = foreign(
  'int EVP_CIPHER_CTX_ctrl(void *context, int command, int argument, uint8_t *memory)',
);

export const EVP_CipherInit_ex = foreign(
  'int EVP_CipherInit_ex(void *context, void *cipher, void *engine, uint8_t *key, uint8_t *iv, int encrypts)',
);
export const EVP_CipherUpdate = foreign(
  'int EVP_CipherUpdate(void *context, uint8_t *output, uint8_t *outputLength, uint8_t *input, int inputLength)',
);
export const EVP_CipherFinal_ex = foreign(
  'int EVP_CipherFinal_ex(void *context, uint8_t *output, uint8_t *outputLength)',
);

export const HMAC_CTX_new = foreign('void *HMAC_CTX_new()');
/** Wipes the key, too. */
export const HMAC_CTX_free = foreign('void HMAC_CTX_free(void *context)');
export const HMAC_Init_ex = foreign(
  'int HMAC_Init_ex(void *context, uint8_t *key, int keyLength, void *digest, void *engine)',
);
export const HMAC_Update = foreign('int HMAC_Update(void *context, uint8_t *input, size_t length)');
export const HMAC_Final = foreign('int HMAC_Final(void *context, uint8_t *output, uint8_t *outputLength)');
