import { reserve } from '../native/memory.js';
import { readUint64 } from '../native/foreign.js';
import { SSL_export_keying_material, SSL_get_selected_srtp_profile } from '../native/ssl.js';

/** What DTLS agreed on for the media (RFC 5764). */
export interface SrtpKeys {
  readonly profile: 'AEAD_AES_128_GCM' | 'AES_CM_128_HMAC_SHA1_80';
  /** Master key and master salt, one behind the other, of what we send. The taker wipes both buffers. */
  readonly local: Buffer;
  /** The same of what the peer sends. */
  readonly remote: Buffer;
}

export type DtlsRole = 'server' | 'client';

/** Offered and accepted, in order of preference, as `SSL_CTX_set_tlsext_use_srtp` takes them. */
export const SRTP_PROFILES = 'SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80';

/** By the numbers of RFC 5764, 4.1.2 and RFC 7714, 14.2. */
const PROFILES = new Map([
  [0x0001, { profile: 'AES_CM_128_HMAC_SHA1_80', saltBytes: 14 } as const],
  [0x0007, { profile: 'AEAD_AES_128_GCM', saltBytes: 12 } as const],
]);
const KEY_BYTES = 16;
const LABEL = 'EXTRACTOR-dtls_srtp';
/** In `struct { const char *name; unsigned long id }`. */
const ID_AT = 8n;
const material = reserve(2 * (KEY_BYTES + 14));

/** Of a finished handshake; undefined when both sides have no profile in common. */
export function exportSrtpKeys(ssl: bigint, role: DtlsRole): SrtpKeys | undefined {
  const selected = SSL_get_selected_srtp_profile(ssl);
  const found = selected === null ? undefined : PROFILES.get(Number(readUint64(selected + ID_AT) & 0xffffn));
  if (found === undefined) return undefined;
  const { profile, saltBytes } = found;
  const length = 2 * (KEY_BYTES + saltBytes);
  try {
    const done = SSL_export_keying_material(ssl, material.address, length, LABEL, LABEL.length, null, 0, 0);
    if (done !== 1) return undefined;
    // Client's key, server's key, client's salt, server's salt (RFC 5764, 4.2).
    const half = (index: number): Buffer => {
      const key = material.bytes.subarray(index * KEY_BYTES, (index + 1) * KEY_BYTES);
      const saltAt = 2 * KEY_BYTES + index * saltBytes;
      return Buffer.concat([key, material.bytes.subarray(saltAt, saltAt + saltBytes)]);
    };
    const [ofClient, ofServer] = [half(0), half(1)];
    const [local, remote] = role === 'server' ? [ofServer, ofClient] : [ofClient, ofServer];
    return { profile, local, remote };
  } finally {
    material.bytes.fill(0);
  }
}
