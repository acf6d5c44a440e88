import { foreign, type Memory, type Pointer } from './foreign.js';

/** Digests, ciphers and HMAC (OpenSSL's EVP and HMAC). */

type Free = (handle: Pointer) => void;
type Algorithm = () => Pointer;

/** `EVP_CTRL_AEAD_GET_TAG` and `EVP_CTRL_AEAD_SET_TAG` */
export const AEAD_GET_TAG = 16;
export const AEAD_SET_TAG = 17;
/** Of `EVP_CipherInit_ex`: encrypts or decrypts as before. */
export const KEEP_DIRECTION = -1;

export const EVP_sha1 = foreign<Algorithm>('void *EVP_sha1()');
export const EVP_sha224 = foreign<Algorithm>('void *EVP_sha224()');
export const EVP_sha256 = foreign<Algorithm>('void *EVP_sha256()');
export const EVP_sha384 = foreign<Algorithm>('void *EVP_sha384()');
export const EVP_sha512 = foreign<Algorithm>('void *EVP_sha512()');
export const EVP_aes_128_gcm = foreign<Algorithm>('void *EVP_aes_128_gcm()');
export const EVP_aes_128_ctr = foreign<Algorithm>('void *EVP_aes_128_ctr()');

export const EVP_CIPHER_CTX_new = foreign<() => Pointer>('void *EVP_CIPHER_CTX_new()');
/** Wipes the key, too. */
export const EVP_CIPHER_CTX_free = foreign<Free>('void EVP_CIPHER_CTX_free(void *context)');
export const EVP_CIPHER_CTX_ctrl = foreign<
  (context: Pointer, command: number, argument: number, memory: Memory) => number
>('int EVP_CIPHER_CTX_ctrl(void *context, int command, int argument, void *memory)');

export const EVP_CipherInit_ex = foreign<
  (context: Pointer, cipher: Pointer, engine: null, key: Memory, iv: Memory, encrypts: number) => number
>('int EVP_CipherInit_ex(void *context, void *cipher, void *engine, void *key, void *iv, int encrypts)');
export const EVP_CipherUpdate = foreign<
  (context: Pointer, output: Memory, outputLength: Memory, input: Memory, inputLength: number) => number
>('int EVP_CipherUpdate(void *context, void *output, void *outputLength, void *input, int inputLength)');
export const EVP_CipherFinal_ex = foreign<(context: Pointer, output: Memory, outputLength: Memory) => number>(
  'int EVP_CipherFinal_ex(void *context, void *output, void *outputLength)',
);

export const HMAC_CTX_new = foreign<() => Pointer>('void *HMAC_CTX_new()');
/** Wipes the key, too. */
export const HMAC_CTX_free = foreign<Free>('void HMAC_CTX_free(void *context)');
export const HMAC_Init_ex = foreign<
  (context: Pointer, key: Memory, keyLength: number, digest: Pointer, engine: null) => number
>('int HMAC_Init_ex(void *context, void *key, int keyLength, void *digest, void *engine)');
export const HMAC_Update = foreign<(context: Pointer, input: Memory, length: number) => number>(
  'int HMAC_Update(void *context, void *input, size_t length)',
);
export const HMAC_Final = foreign<(context: Pointer, output: Memory, outputLength: Memory) => number>(
  'int HMAC_Final(void *context, void *output, void *outputLength)',
);
