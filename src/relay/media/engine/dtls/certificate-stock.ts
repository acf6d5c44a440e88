import { Certificate } from './certificate.js';

/** Certificates made beforehand, while nothing else is to do, so that a join does not wait for one. */
export class CertificateStock {
  private readonly certificates: Certificate[] = [];
  private closed = false;

  /** @param size how many are kept ready */
  constructor(private readonly size: number) {}

  /** One that nobody had before; the caller frees it. From an empty stock it is made now. */
  take(): Certificate {
    return this.certificates.pop() ?? Certificate.create();
  }

  /** Makes one if one is missing: for idle moments. Says whether another is missing still. */
  refillOne(): boolean {
    if (this.closed || this.certificates.length >= this.size) return false;
    this.certificates.push(Certificate.create());
    return this.certificates.length < this.size;
  }

  /** Frees what nobody took. */
  close(): void {
    this.closed = true;
    for (const certificate of this.certificates.splice(0)) certificate.free();
  }
}
