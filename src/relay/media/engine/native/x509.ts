import { foreign, type Memory, type Pointer } from './foreign.js';

/** Keys and certificates (OpenSSL's EVP_PKEY and X509). */

type Free = (handle: Pointer) => void;

export const NID_COMMON_NAME = 'CN';
/** `MBSTRING_ASC` */
export const ASCII = 0x1001;
/** `X509_VERSION_3` */
export const X509_V3 = 2;

export const EVP_PKEY_Q_keygen = foreign<
  (library: null, properties: null, algorithm: 'EC', typeOfNext: 'str', group: string) => Pointer
>('void *EVP_PKEY_Q_keygen(void *library, void *properties, const char *algorithm, ...)');
export const EVP_PKEY_free = foreign<Free>('void EVP_PKEY_free(void *key)');
export const X509_new = foreign<() => Pointer>('void *X509_new()');
export const X509_free = foreign<Free>('void X509_free(void *certificate)');
export const X509_set_version = foreign<(certificate: Pointer, version: number) => number>(
  'int X509_set_version(void *certificate, long version)',
);
export const X509_get_serialNumber = foreign<(certificate: Pointer) => Pointer>(
  'void *X509_get_serialNumber(void *certificate)',
);
export const ASN1_INTEGER_set_uint64 = foreign<(integer: Pointer, value: bigint) => number>(
  'int ASN1_INTEGER_set_uint64(void *integer, uint64_t value)',
);
export const X509_getm_notBefore = foreign<(certificate: Pointer) => Pointer>(
  'void *X509_getm_notBefore(void *certificate)',
);
export const X509_getm_notAfter = foreign<(certificate: Pointer) => Pointer>(
  'void *X509_getm_notAfter(void *certificate)',
);
/** Sets a time to so many seconds from now. */
export const X509_gmtime_adj = foreign<(time: Pointer, seconds: number) => Pointer>(
  'void *X509_gmtime_adj(void *time, long seconds)',
);
export const X509_get_subject_name = foreign<(certificate: Pointer) => Pointer>(
  'void *X509_get_subject_name(void *certificate)',
);
export const X509_NAME_add_entry_by_txt = foreign<
  (name: Pointer, field: string, type: number, value: Buffer, length: number, place: number, set: number) => number
>(
  'int X509_NAME_add_entry_by_txt(void *name, const char *field, int type, void *value, int length, int place, int set)',
);
export const X509_set_issuer_name = foreign<(certificate: Pointer, name: Pointer) => number>(
  'int X509_set_issuer_name(void *certificate, void *name)',
);
export const X509_set_pubkey = foreign<(certificate: Pointer, key: Pointer) => number>(
  'int X509_set_pubkey(void *certificate, void *key)',
);
/** Returns the length of the signature, 0 for failure. */
export const X509_sign = foreign<(certificate: Pointer, key: Pointer, digest: Pointer) => number>(
  'int X509_sign(void *certificate, void *key, void *digest)',
);
/** Digests the DER form, as fingerprints are (RFC 8122, 5). */
export const X509_digest = foreign<
  (certificate: Pointer, digest: Pointer, output: Memory, outputLength: Memory) => number
>('int X509_digest(void *certificate, void *digest, void *output, void *outputLength)');
