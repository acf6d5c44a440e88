import { randomBytes } from 'node:crypto';
import { EVP_sha256 } from '../native/evp.js';
import { Handle } from '../native/handle.js';
import { clearErrors, must } from '../native/openssl-errors.js';
import * as openssl from '../native/x509.js';
import { digestOf, fingerprintText } from './fingerprint.js';

const DAY_SECONDS = 24 * 60 * 60;
/** For peers whose clock is behind. */
const VALID_BEFORE_SECONDS = DAY_SECONDS;
const VALID_AFTER_SECONDS = 30 * DAY_SECONDS;
/** What browsers write: it tells nobody whose certificate it is. */
const COMMON_NAME = Buffer.from('WebRTC');
const SHA256 = EVP_sha256();

/**
 * A fresh key (P-256) and its self-signed certificate, for the handshakes of one peer alone (RFC 8827, 6.5). Whoever makes
 * one frees it, when no handshake with it can begin any more.
 */
export class Certificate {
  private readonly certificate = new Handle(openssl.X509_new(), openssl.X509_free);

  /** @param key an EVP_PKEY, taken over */
  constructor(private readonly key: Handle) {
    try {
      sign(this.certificate.pointer, key.pointer);
    } catch (error) {
      this.free();
      throw error;
    }
  }

  /** @throws Error when OpenSSL refuses */
  static create(): Certificate {
    clearErrors();
    return new Certificate(
      new Handle(openssl.EVP_PKEY_Q_keygen(null, null, 'EC', 'str', 'P-256'), openssl.EVP_PKEY_free),
    );
  }

  get keyPointer(): bigint {
    return this.key.pointer;
  }

  get certificatePointer(): bigint {
    return this.certificate.pointer;
  }

  /** As in `a=fingerprint` (RFC 8122, 5), such as `sha-256 4A:AD:…`. */
  get fingerprint(): string {
    return `sha-256 ${fingerprintText(digestOf(this.certificate.pointer, 'sha-256'))}`;
  }

  free(): void {
    this.key.free();
    this.certificate.free();
  }
}

function sign(certificate: bigint, key: bigint): void {
  must(openssl.X509_set_version(certificate, openssl.X509_V3), 'certificate version');
  // Positive and never 0, as RFC 5280, 4.1.2.2 asks.
  const serial = (randomBytes(8).readBigUInt64BE() >> 1n) | 1n;
  must(
    openssl.ASN1_INTEGER_set_uint64(openssl.X509_get_serialNumber(certificate), serial),
    'certificate serial number',
  );
  openssl.X509_gmtime_adj(openssl.X509_getm_notBefore(certificate), -VALID_BEFORE_SECONDS);
  openssl.X509_gmtime_adj(openssl.X509_getm_notAfter(certificate), VALID_AFTER_SECONDS);
  const name = openssl.X509_get_subject_name(certificate);
  const { NID_COMMON_NAME, ASCII } = openssl;
  must(
    openssl.X509_NAME_add_entry_by_txt(name, NID_COMMON_NAME, ASCII, COMMON_NAME, COMMON_NAME.length, -1, 0),
    'certificate name',
  );
  must(openssl.X509_set_issuer_name(certificate, name), 'certificate issuer');
  must(openssl.X509_set_pubkey(certificate, key), 'certificate key');
  must(openssl.X509_sign(certificate, key, SHA256) > 0 ? 1 : 0, 'certificate signature');
}
