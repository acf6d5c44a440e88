import { Certificate } from '../../src/relay/media/engine/dtls/certificate.js';
import { openSession } from '../../src/relay/media/engine/dtls/openssl-session.js';
import { SRTP_PROFILES } from '../../src/relay/media/engine/dtls/srtp-keys.js';
import { foreign } from '../../src/relay/media/engine/native/foreign.js';
import { SSL_CTX_set_tlsext_use_srtp } from '../../src/relay/media/engine/native/ssl.js';

export const USUAL_PROFILES = SRTP_PROFILES;
/** As of peers that know no AEAD. */
export const COUNTER_MODE_ALONE = 'SRTP_AES128_CM_SHA1_80';

const contextOf = foreign('void *SSL_get_SSL_CTX(void *ssl)');

/** What both sides of all handshakes of this process may agree on from now on, in OpenSSL's names. */
export function agreeOnly(profiles: string): void {
  const certificate = Certificate.create();
  const session = openSession(certificate, 'client');
  const failed = SSL_CTX_set_tlsext_use_srtp(contextOf(session.pointer), profiles);
  session.free();
  certificate.free();
  if (failed !== 0) throw new Error(`OpenSSL knows no ${profiles}`);
}
