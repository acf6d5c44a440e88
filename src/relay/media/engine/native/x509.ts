import { foreign, type Pointer } from './foreign.js';

/** Keys and certificates (OpenSSL's EVP_PKEY and X509). */

export const NID_COMMON_NAME = 'CN';
/** `MBSTRING_ASC` */
export const ASCII = 0x1001;
/** `X509_VERSION_3` */
export const X509_V3 = 2;

export const EVP_PKEY_Q_keygen = foreign(
  'void *EVP_PKEY_Q_keygen(void *library, void *properties, const char *algorithm, ...)',
) as unknown as (library: null, properties: null, algorithm: 'EC', typeOfNext: 'str', group: string) => Pointer;
export const EVP_PKEY_free = foreign('void EVP_PKEY_free(void *key)');
export const X509_new = foreign('void *X509_new()');
export const X509_free = foreign('void X509_free(void *certificate)');
export const X509_set_version = foreign('int X509_set_version(void *certificate, long version)');
export const X509_get_serialNumber = foreign('void *X509_get_serialNumber(void *certificate)');
export const ASN1_INTEGER_set_uint64 = foreign('int ASN1_INTEGER_set_uint64(void *integer, uint64_t value)');
export const X509_getm_notBefore = foreign('void *X509_getm_notBefore(void *certificate)');
export const X509_getm_notAfter = foreign('void *X509_getm_notAfter(void *certificate)');
/** Sets a time to so many seconds from now. */
export const X509_gmtime_adj = foreign('void *X509_gmtime_adj(void *time, long seconds)');
export const X509_get_subject_name = foreign('void *X509_get_subject_name(void *certificate)');
export const X509_NAME_add_entry_by_txt = foreign(
  'int X509_NAME_add_entry_by_txt(void *name, const char *field, int type, uint8_t *value, int length, int place, int set)',
);
export const X509_set_issuer_name = foreign('int X509_set_issuer_name(void *certificate, void *name)');
export const X509_set_pubkey = foreign('int X509_set_pubkey(void *certificate, void *key)');
/** Returns the length of the signature, 0 for failure. */
export const X509_sign = foreign('int X509_sign(void *certificate, void *key, void *digest)');
/** Digests the DER form, as fingerprints are (RFC 8122, 5). */
export const X509_digest = foreign(
  'int X509_digest(void *certificate, void *digest, uint8_t *output, uint8_t *outputLength)',
);
