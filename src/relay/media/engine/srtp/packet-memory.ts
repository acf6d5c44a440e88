import { reserve } from '../native/memory.js';

/** Larger than any packet of media: 120 ms of Opus at 510 kbit/s are 7,650 bytes. */
export const MAX_PACKET_BYTES = 8_192;

/** What one call of OpenSSL reads or writes; nothing in it outlives the packet it was written for. */
export const IV = reserve(16);
export const TAG = reserve(20);
/** An `int`: how many bytes were written. Always as many as were given: both ciphers are stream ciphers. */
export const WRITTEN = reserve(4);
/** `EVP_*Final_ex` asks for room of one block, and leaves it as it is. */
export const NOTHING_MORE = reserve(16);

/**
 * Writes the IV: salt XOR SSRC XOR index, in the last ten bytes of the salt (RFC 3711 section 4.1.1; RFC 7714 sections 8.1
 * and 9.1). RTP's index has 48 bits (ROC, sequence number), RTCP's has 31.
 */
export function writeIv(salt: Buffer, ssrc: number, index: number): void {
  const { bytes } = IV;
  bytes.fill(0, salt.length);
  salt.copy(bytes);
  const at = salt.length - 10;
  bytes.writeUInt32BE((bytes.readUInt32BE(at) ^ ssrc) >>> 0, at);
  bytes.writeUInt32BE((bytes.readUInt32BE(at + 4) ^ Math.floor(index / 0x10000)) >>> 0, at + 4);
  bytes.writeUInt16BE(bytes.readUInt16BE(at + 8) ^ (index & 0xffff), at + 8);
}
