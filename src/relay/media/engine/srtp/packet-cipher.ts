import { Aes128 } from '../native/aes128.js';
import { HmacSha1 } from '../native/hmac-sha1.js';
import { deriveSessionKeys, TAG_BYTES, wipe, type SessionKeys, type SrtpProfile } from './session-keys.js';

const IV_BYTES = { AEAD_AES_128_GCM: 12, AES_CM_128_HMAC_SHA1_80: 16 };

/** The parts of a packet, in the order in which they are authenticated. */
export interface PacketParts {
  readonly ssrc: number;
  /** Of RTP: ROC and sequence number, 48 bits. Of RTCP: 31 bits. Under one key none may be sealed twice for an SSRC. */
  readonly index: number;
  /** Authenticated and not encrypted: the header, and all of an SRTCP packet without the E flag. */
  readonly clear: Buffer;
  /** Authenticated and encrypted. */
  readonly body: Buffer;
  /** SRTCP's E flag and index; undefined for RTP. */
  readonly indexWord: Buffer | undefined;
}

/**
 * RTP or RTCP of one peer in one direction, packet by packet. Those of a fan-out, a thousand at once, have `sealing.ts`.
 *
 * AEAD_AES_128_GCM is RFC 7714 sections 8.2, 9.2 and 9.3, AES_CM_128_HMAC_SHA1_80 is RFC 3711 sections 4.1.1 and 4.2.
 */
export class PacketCipher {
  private readonly cipher: Aes128;
  /** Undefined for an AEAD. */
  private readonly hmac: HmacSha1 | undefined;
  private readonly profile: SrtpProfile;
  private readonly salt: Buffer;

  /**
   * @param master left to the caller to wipe
   * @throws RangeError for another length than the profile's
   */
  static derive(profile: SrtpProfile, master: Buffer, of: 'rtp' | 'rtcp', use: 'seal' | 'open'): PacketCipher {
    const keys = deriveSessionKeys(profile, master, of);
    const cipher = new PacketCipher(keys, use);
    wipe(keys);
    return cipher;
  }

  /** @param keys may be wiped afterwards */
  constructor({ profile, cipherKey, authenticationKey, salt }: SessionKeys, use: 'seal' | 'open') {
    this.profile = profile;
    const isAead = profile === 'AEAD_AES_128_GCM';
    this.cipher = new Aes128(isAead ? 'gcm' : 'counter', cipherKey, use);
    this.hmac = isAead ? undefined : new HmacSha1(authenticationKey);
    this.salt = Buffer.from(salt);
  }

  /** @returns the body encrypted, and the tag */
  seal(parts: PacketParts): { readonly body: Buffer; readonly tag: Buffer } {
    const body = this.crypt(parts);
    if (this.hmac === undefined) return { body, tag: this.cipher.tag() };
    const digest = this.hmac.digest(parts.clear, body, lastWord(parts));
    return { body, tag: Buffer.from(digest.subarray(0, TAG_BYTES[this.profile])) };
  }

  /** @returns the body decrypted; undefined when the packet is not authentic */
  open(parts: PacketParts, tag: Buffer): Buffer | undefined {
    if (this.hmac?.matches(tag, parts.clear, parts.body, lastWord(parts)) === false) return undefined;
    const body = this.crypt(parts);
    return this.hmac !== undefined || this.cipher.isTag(tag) ? body : undefined;
  }

  /**
   * Salt XOR SSRC XOR index, in the last ten bytes of the salt (RFC 3711 section 4.1.1; RFC 7714 sections 8.1 and 9.1). RTP's
   * index has 48 bits (ROC, sequence number), RTCP's has 31.
   */
  ivOf(ssrc: number, index: number): Buffer {
    const iv = Buffer.alloc(IV_BYTES[this.profile]);
    this.salt.copy(iv);
    const at = this.salt.length - 10;
    iv.writeUInt32BE((iv.readUInt32BE(at) ^ ssrc) >>> 0, at);
    iv.writeUInt32BE((iv.readUInt32BE(at + 4) ^ Math.floor(index / 0x10000)) >>> 0, at + 4);
    iv.writeUInt16BE(iv.readUInt16BE(at + 8) ^ (index & 0xffff), at + 8);
    return iv;
  }

  /** For the calls that the hot path makes by itself; `hmac` is undefined for an AEAD, which has none. */
  get pointers(): { readonly cipher: bigint; readonly hmac: bigint | undefined } {
    return { cipher: this.cipher.pointer, hmac: this.hmac?.pointer };
  }

  /** Wipes the keys; once. */
  free(): void {
    this.cipher.free();
    this.hmac?.free();
    this.salt.fill(0);
  }

  private crypt({ ssrc, index, clear, body, indexWord }: PacketParts): Buffer {
    const result = Buffer.from(body);
    this.cipher.begin(this.ivOf(ssrc, index));
    if (this.hmac === undefined) {
      this.cipher.authenticate(clear);
      if (indexWord) this.cipher.authenticate(indexWord);
    }
    this.cipher.crypt(result);
    return result;
  }
}

/** The ROC, or what SRTCP sends in its place. */
function lastWord({ index, indexWord }: PacketParts): Buffer {
  if (indexWord) return indexWord;
  const rolloverCounter = Buffer.alloc(4);
  rolloverCounter.writeUInt32BE(Math.floor(index / 0x10000) >>> 0);
  return rolloverCounter;
}
