import { Handle } from '../native/handle.js';
import { clearErrors } from '../native/openssl-errors.js';
import { EVP_PKEY_free, EVP_PKEY_Q_keygen } from '../native/x509.js';
import { digestOf, fingerprintText } from './fingerprint.js';
import { selfSigned } from './self-signed.js';

/** What a handshake needs of a certificate: an EVP_PKEY and an X509. */
export interface Identity {
  readonly keyPointer: bigint;
  readonly certificatePointer: bigint;
}

/**
 * A fresh key (P-256) and its self-signed certificate, for the handshakes of one peer alone (RFC 8827, 6.5). Whoever makes
 * one frees it, when no handshake with it can begin any more.
 */
export class Certificate implements Identity {
  /** As in `a=fingerprint` (RFC 8122, 5), such as `sha-256 4A:AD:…`. */
  readonly fingerprint: string;

  private constructor(
    private readonly key: Handle,
    private readonly certificate: Handle,
  ) {
    this.fingerprint = `sha-256 ${fingerprintText(digestOf(certificate.pointer, 'sha-256'))}`;
  }

  /** @throws Error when OpenSSL refuses */
  static create(): Certificate {
    clearErrors();
    const key = new Handle(EVP_PKEY_Q_keygen(null, null, 'EC', 'str', 'P-256'), EVP_PKEY_free);
    try {
      return new Certificate(key, selfSigned(key));
    } catch (error) {
      key.free();
      throw error;
    }
  }

  get keyPointer(): bigint {
    return this.key.pointer;
  }

  get certificatePointer(): bigint {
    return this.certificate.pointer;
  }

  free(): void {
    this.key.free();
    this.certificate.free();
  }
}
