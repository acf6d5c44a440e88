import {
  AEAD_GET_TAG,
  AEAD_SET_TAG,
  EVP_aes_128_ctr,
  EVP_aes_128_gcm,
  EVP_CIPHER_CTX_ctrl,
  EVP_CIPHER_CTX_free,
  EVP_CIPHER_CTX_new,
  EVP_CipherFinal_ex,
  EVP_CipherInit_ex,
  EVP_CipherUpdate,
  KEEP_DIRECTION,
} from './evp.js';
import { Handle } from './handle.js';
import { must } from './openssl-errors.js';
import { reserve } from './memory.js';

export const AES_GCM_TAG_BYTES = 16;

const MODES = { counter: EVP_aes_128_ctr(), gcm: EVP_aes_128_gcm() };
/** An `int`: how many bytes were written. Always as many as were given: both modes are stream ciphers. */
const written = reserve(4);
/** The end of a message asks for room of one block, and leaves it as it is. */
const nothingMore = reserve(16);

/** AES-128 under one key. For each message: `begin`, `authenticate`, `crypt`; in GCM then `tag` or `isTag`. */
export class Aes128 {
  private readonly context = new Handle(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);

  /** @param key may be wiped afterwards */
  constructor(mode: keyof typeof MODES, key: Buffer, use: 'seal' | 'open') {
    const isInit = EVP_CipherInit_ex(this.context.pointer, MODES[mode], null, key, null, use === 'seal' ? 1 : 0);
    if (isInit === 1) return;
    this.free();
    must(isInit, 'AES key');
  }

  /** For calls that the hot path makes by itself. */
  get pointer(): bigint {
    return this.context.pointer;
  }

  /** @param iv 16 bytes in counter mode, 12 in GCM */
  begin(iv: Buffer): void {
    must(EVP_CipherInit_ex(this.pointer, null, null, null, iv, KEEP_DIRECTION), 'AES');
  }

  /** Associated data of GCM; before what is encrypted. */
  authenticate(data: Buffer): void {
    must(EVP_CipherUpdate(this.pointer, null, written.address, data, data.length), 'AES');
  }

  /** In place. */
  crypt(bytes: Buffer): void {
    if (bytes.length > 0) must(EVP_CipherUpdate(this.pointer, bytes, written.address, bytes, bytes.length), 'AES');
  }

  tag(): Buffer {
    const tag = Buffer.alloc(AES_GCM_TAG_BYTES);
    must(EVP_CipherFinal_ex(this.pointer, nothingMore.address, written.address), 'AES');
    must(EVP_CIPHER_CTX_ctrl(this.pointer, AEAD_GET_TAG, tag.length, tag), 'AES');
    return tag;
  }

  /** Only if so, what was decrypted may be used. */
  isTag(tag: Buffer): boolean {
    must(EVP_CIPHER_CTX_ctrl(this.pointer, AEAD_SET_TAG, tag.length, tag), 'AES');
    return EVP_CipherFinal_ex(this.pointer, nothingMore.address, written.address) === 1;
  }

  /** Wipes the key; once. */
  free(): void {
    this.context.free();
  }
}
