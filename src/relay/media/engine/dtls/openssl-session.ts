import type { Pointer } from '../native/foreign.js';
import { countFreed } from '../native/freed-memory.js';
import { Handle } from '../native/handle.js';
import { reserve } from '../native/memory.js';
import { clearErrors, must } from '../native/openssl-errors.js';
import * as openssl from '../native/ssl.js';
import type { Certificate } from './certificate.js';
import { SRTP_PROFILES, type DtlsRole } from './srtp-keys.js';

/** As browsers do: below what any path and any tunnel carries. */
const MTU_BYTES = 1200;
/**
 * RFC 8827, 6.5. ECDSA is our own certificate; RSA is for servers whose certificate is that. A client's certificate may be
 * either: it only signs.
 */
const CIPHERS = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
].join(':');
const GROUPS = 'X25519:P-256:P-384:P-521';
/** A peer sends one certificate. OpenSSL sets aside up to ten messages of this length that come too early. */
const MAX_CERTIFICATES_BYTES = 16 * 1024;
/** Twice what most paths take there and back (RFC 6347, 4.2.4.1 names a second, and less for what is urgent). */
export const FIRST_REPEAT_AFTER_MS = 100;
const DATAGRAM_BYTES = 2048;

const context = createContext();
// One pair for all sessions: every call is synchronous, begins with both empty and takes out what it wrote.
const input = new Handle(openssl.BIO_new(openssl.BIO_s_dgram_mem()), () => undefined).pointer;
const output = new Handle(openssl.BIO_new(openssl.BIO_s_dgram_mem()), () => undefined).pointer;
const datagramOut = reserve(DATAGRAM_BYTES);

/** What one call did. */
export interface Exchange {
  readonly result: number;
  /** `SSL_ERROR_…` */
  readonly error: number;
  /** Datagrams to send, copied. */
  readonly flight: readonly Buffer[];
}

/** A DTLS association that has sent and heard nothing. The caller frees it. */
export function openSession(certificate: Certificate, role: DtlsRole): Handle {
  clearErrors();
  const session = new Handle(openssl.SSL_new(context), freeSession);
  try {
    const ssl = session.pointer;
    must(openssl.SSL_use_certificate(ssl, certificate.certificatePointer), 'DTLS certificate');
    must(openssl.SSL_use_PrivateKey(ssl, certificate.keyPointer), 'DTLS key');
    openssl.SSL_ctrl(ssl, openssl.SSL_CTRL_SET_MTU, MTU_BYTES, null);
    setRepeatAfter(session, FIRST_REPEAT_AFTER_MS);
    openssl.DTLS_set_timer_cb(ssl, openssl.MAX_EARLY_DATA_AS_TIMER);
    openssl.BIO_up_ref(input);
    openssl.BIO_up_ref(output);
    openssl.SSL_set_bio(ssl, input, output);
    if (role === 'server') openssl.SSL_set_accept_state(ssl);
    else openssl.SSL_set_connect_state(ssl);
    return session;
  } catch (error) {
    session.free();
    throw error;
  }
}

/** How long the flight that is sent next waits to be sent again. */
export function setRepeatAfter(session: Handle, ms: number): void {
  openssl.SSL_set_max_early_data(session.pointer, ms * 1000);
}

/** Gives OpenSSL a datagram, makes one call, and takes what it has to send. */
export function exchange(session: Handle, datagram: Buffer | undefined, call: (ssl: bigint) => number): Exchange {
  openssl.BIO_ctrl(input, openssl.BIO_CTRL_RESET, 0, null);
  openssl.BIO_ctrl(output, openssl.BIO_CTRL_RESET, 0, null);
  clearErrors();
  if (datagram !== undefined) openssl.BIO_write(input, datagram, datagram.length);
  const ssl = session.pointer;
  const result = call(ssl);
  const error = result > 0 ? openssl.SSL_ERROR_NONE : openssl.SSL_get_error(ssl, result);
  const flight: Buffer[] = [];
  for (;;) {
    const length = openssl.BIO_read(output, datagramOut.address, DATAGRAM_BYTES);
    if (length <= 0) return { result, error, flight };
    flight.push(Buffer.from(datagramOut.bytes.subarray(0, length)));
  }
}

function createContext(): bigint {
  // For the life of the process.
  const made = new Handle(openssl.SSL_CTX_new(openssl.DTLS_method()), () => undefined).pointer;
  clearErrors();
  openssl.SSL_CTX_ctrl(made, openssl.SSL_CTRL_SET_MIN_PROTO_VERSION, openssl.DTLS1_2_VERSION, null);
  openssl.SSL_CTX_ctrl(made, openssl.SSL_CTRL_SET_MAX_PROTO_VERSION, openssl.DTLS1_2_VERSION, null);
  must(openssl.SSL_CTX_set_cipher_list(made, CIPHERS), 'DTLS ciphers');
  must(Number(openssl.SSL_CTX_ctrl(made, openssl.SSL_CTRL_SET_GROUPS_LIST, 0, GROUPS)), 'DTLS groups');
  must(openssl.SSL_CTX_set_tlsext_use_srtp(made, SRTP_PROFILES) === 0 ? 1 : 0, 'SRTP profiles');
  openssl.SSL_CTX_set_verify(made, openssl.SSL_VERIFY_PEER | openssl.SSL_VERIFY_FAIL_IF_NO_PEER_CERT, null);
  openssl.SSL_CTX_set_cert_verify_callback(made, openssl.ACCEPT_EVERY_CHAIN, null);
  openssl.SSL_CTX_set_options(
    made,
    openssl.SSL_OP_NO_QUERY_MTU | openssl.SSL_OP_NO_TICKET | openssl.SSL_OP_NO_RENEGOTIATION,
  );
  openssl.SSL_CTX_ctrl(made, openssl.SSL_CTRL_SET_SESS_CACHE_MODE, openssl.SSL_SESS_CACHE_OFF, null);
  openssl.SSL_CTX_ctrl(made, openssl.SSL_CTRL_SET_MAX_CERT_LIST, MAX_CERTIFICATES_BYTES, null);
  return made;
}

/** What OpenSSL keeps of one association is about 80 kB. */
function freeSession(ssl: Pointer): void {
  openssl.SSL_free(ssl);
  countFreed();
}
