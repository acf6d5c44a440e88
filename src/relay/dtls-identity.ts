import { generate } from 'selfsigned';

const YEARS = 10;

/** The key pair that every peer of this server shows; its fingerprint stands in the answers (RFC 8122). */
export interface DtlsIdentity {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

/** One identity for all peers saves a key generation at every join. It lives in memory only, as long as the server. */
export async function createDtlsIdentity(): Promise<DtlsIdentity> {
  const notAfterDate = new Date();
  notAfterDate.setFullYear(notAfterDate.getFullYear() + YEARS);
  const { cert, private: privateKeyPem } = await generate([{ name: 'commonName', value: 'azaan-relay' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notAfterDate,
  });
  return { certificatePem: cert, privateKeyPem };
}
