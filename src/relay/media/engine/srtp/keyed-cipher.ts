import {
  EVP_aes_128_ctr,
  EVP_aes_128_gcm,
  EVP_CIPHER_CTX_free,
  EVP_CIPHER_CTX_new,
  EVP_DecryptInit_ex,
  EVP_EncryptInit_ex,
} from '../native/evp.js';
import { Handle } from '../native/handle.js';
import { must } from '../native/openssl-errors.js';

const ALGORITHMS = { gcm: EVP_aes_128_gcm(), counter: EVP_aes_128_ctr() };

/** A cipher of OpenSSL's that has its key and waits for an IV. `key` may be wiped afterwards. */
export function keyedCipher(algorithm: keyof typeof ALGORITHMS, key: Buffer, use: 'seal' | 'open'): Handle {
  const context = new Handle(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  try {
    const init = use === 'seal' ? EVP_EncryptInit_ex : EVP_DecryptInit_ex;
    must(init(context.pointer, ALGORITHMS[algorithm], null, key, null), 'SRTP key');
    return context;
  } catch (error) {
    context.free();
    throw error;
  }
}
