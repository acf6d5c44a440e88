import { timingSafeEqual } from 'node:crypto';
import { EVP_sha224, EVP_sha256, EVP_sha384, EVP_sha512 } from '../native/evp.js';
import { Handle } from '../native/handle.js';
import { reserve } from '../native/memory.js';
import { must } from '../native/openssl-errors.js';
import { SSL_get1_peer_certificate } from '../native/ssl.js';
import { X509_digest, X509_free } from '../native/x509.js';

/** Hashes that a certificate may be known by; sha-1 and md5 are broken. */
export type FingerprintHash = 'sha-224' | 'sha-256' | 'sha-384' | 'sha-512';

/** One `a=fingerprint` of an offer (RFC 8122, 5). */
export interface OfferedFingerprint {
  readonly hash: FingerprintHash;
  /** Such as `4A:AD:B9:…`, upper or lower case. */
  readonly value: string;
}

const DIGESTS = { 'sha-224': EVP_sha224(), 'sha-256': EVP_sha256(), 'sha-384': EVP_sha384(), 'sha-512': EVP_sha512() };
const BYTES = { 'sha-224': 28, 'sha-256': 32, 'sha-384': 48, 'sha-512': 64 };
const digest = reserve(64);

/** Of a certificate in DER form; a copy. */
export function digestOf(certificate: bigint, hash: FingerprintHash): Buffer {
  must(X509_digest(certificate, DIGESTS[hash], digest.address, null), 'certificate digest');
  return Buffer.from(digest.bytes.subarray(0, BYTES[hash]));
}

/** In the form of SDP: pairs of upper-case hexadecimal digits with colons between. */
export function fingerprintText(bytes: Buffer): string {
  return bytes
    .toString('hex')
    .toUpperCase()
    .replace(/(..)(?=.)/g, '$1:');
}

/** Whether the peer of a finished handshake is one of those that the offer names. Without a certificate it is not. */
export function isOfferedPeer(ssl: bigint, offered: readonly OfferedFingerprint[]): boolean {
  const pointer = SSL_get1_peer_certificate(ssl);
  if (pointer === null) return false;
  const certificate = new Handle(pointer, X509_free);
  try {
    return offered.some(({ hash, value }) => {
      const expected = Buffer.from(value.replaceAll(':', ''), 'hex');
      return expected.length === BYTES[hash] && timingSafeEqual(expected, digestOf(certificate.pointer, hash));
    });
  } finally {
    certificate.free();
  }
}
