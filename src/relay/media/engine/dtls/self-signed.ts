import { randomBytes } from 'node:crypto';
import { EVP_sha256 } from '../native/evp.js';
import { Handle } from '../native/handle.js';
import { clearErrors, must } from '../native/openssl-errors.js';
import {
  ASCII,
  ASN1_INTEGER_set_uint64,
  NID_COMMON_NAME,
  X509_free,
  X509_get_serialNumber,
  X509_get_subject_name,
  X509_getm_notAfter,
  X509_getm_notBefore,
  X509_gmtime_adj,
  X509_NAME_add_entry_by_txt,
  X509_new,
  X509_set_issuer_name,
  X509_set_pubkey,
  X509_set_version,
  X509_sign,
  X509_V3,
} from '../native/x509.js';

const DAY_SECONDS = 24 * 60 * 60;
/** For peers whose clock is behind. */
const VALID_BEFORE_SECONDS = DAY_SECONDS;
const VALID_AFTER_SECONDS = 30 * DAY_SECONDS;
/** What browsers write: it tells nobody whose certificate it is. */
const COMMON_NAME = Buffer.from('WebRTC');
const SHA256 = EVP_sha256();

/** A certificate of a key by the key itself, an X509 that the caller frees. @throws Error when OpenSSL refuses */
export function selfSigned(key: Handle): Handle {
  clearErrors();
  const certificate = new Handle(X509_new(), X509_free);
  try {
    fill(certificate.pointer, key.pointer);
    return certificate;
  } catch (error) {
    certificate.free();
    throw error;
  }
}

function fill(certificate: bigint, key: bigint): void {
  must(X509_set_version(certificate, X509_V3), 'certificate version');
  // Positive and never 0, as RFC 5280, 4.1.2.2 asks.
  const serial = (randomBytes(8).readBigUInt64BE() >> 1n) | 1n;
  must(ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial), 'certificate serial number');
  X509_gmtime_adj(X509_getm_notBefore(certificate), -VALID_BEFORE_SECONDS);
  X509_gmtime_adj(X509_getm_notAfter(certificate), VALID_AFTER_SECONDS);
  const name = X509_get_subject_name(certificate);
  const added = X509_NAME_add_entry_by_txt(name, NID_COMMON_NAME, ASCII, COMMON_NAME, COMMON_NAME.length, -1, 0);
  must(added, 'certificate name');
  must(X509_set_issuer_name(certificate, name), 'certificate issuer');
  must(X509_set_pubkey(certificate, key), 'certificate key');
  must(X509_sign(certificate, key, SHA256) > 0 ? 1 : 0, 'certificate signature');
}
