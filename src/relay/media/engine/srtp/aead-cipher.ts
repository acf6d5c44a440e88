import {
  AEAD_GET_TAG,
  AEAD_SET_TAG,
  EVP_CIPHER_CTX_ctrl,
  EVP_DecryptFinal_ex,
  EVP_DecryptInit_ex,
  EVP_DecryptUpdate,
  EVP_EncryptFinal_ex,
  EVP_EncryptInit_ex,
  EVP_EncryptUpdate,
} from '../native/evp.js';
import type { Handle } from '../native/handle.js';
import { must } from '../native/openssl-errors.js';
import { keyedCipher } from './keyed-cipher.js';
import type { PacketCipher, PacketParts } from './packet-cipher.js';
import { IV, NOTHING_MORE, writeIv, WRITTEN } from './packet-memory.js';
import type { SessionKeys } from './session-keys.js';

/** AEAD_AES_128_GCM, RFC 7714. The associated data are the header and SRTCP's index word (sections 8.2, 9.2 and 9.3). */
export class AeadCipher implements PacketCipher {
  private readonly context: Handle;
  private readonly salt: Buffer;

  constructor(keys: SessionKeys, use: 'seal' | 'open') {
    this.context = keyedCipher('gcm', keys.cipherKey, use);
    this.salt = Buffer.from(keys.salt);
  }

  seal(ssrc: number, index: number, { clear, body, indexWord, tag }: PacketParts): void {
    const { pointer } = this.context;
    writeIv(this.salt, ssrc, index);
    must(EVP_EncryptInit_ex(pointer, null, null, null, IV.address), 'SRTP');
    must(EVP_EncryptUpdate(pointer, null, WRITTEN.address, clear, clear.length), 'SRTP');
    if (indexWord) must(EVP_EncryptUpdate(pointer, null, WRITTEN.address, indexWord, indexWord.length), 'SRTP');
    if (body.length > 0) must(EVP_EncryptUpdate(pointer, body, WRITTEN.address, body, body.length), 'SRTP');
    must(EVP_EncryptFinal_ex(pointer, NOTHING_MORE.address, WRITTEN.address), 'SRTP');
    must(EVP_CIPHER_CTX_ctrl(pointer, AEAD_GET_TAG, tag.length, tag), 'SRTP');
  }

  open(ssrc: number, index: number, { clear, body, indexWord, tag }: PacketParts): boolean {
    const { pointer } = this.context;
    writeIv(this.salt, ssrc, index);
    must(EVP_DecryptInit_ex(pointer, null, null, null, IV.address), 'SRTP');
    must(EVP_DecryptUpdate(pointer, null, WRITTEN.address, clear, clear.length), 'SRTP');
    if (indexWord) must(EVP_DecryptUpdate(pointer, null, WRITTEN.address, indexWord, indexWord.length), 'SRTP');
    if (body.length > 0) must(EVP_DecryptUpdate(pointer, body, WRITTEN.address, body, body.length), 'SRTP');
    must(EVP_CIPHER_CTX_ctrl(pointer, AEAD_SET_TAG, tag.length, tag), 'SRTP');
    return EVP_DecryptFinal_ex(pointer, NOTHING_MORE.address, WRITTEN.address) === 1;
  }

  free(): void {
    this.context.free();
    this.salt.fill(0);
  }
}
