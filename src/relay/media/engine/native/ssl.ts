import { addressOfFunction, foreign } from './foreign.js';

/** DTLS (OpenSSL's SSL, and BIO, the memory that it reads from and writes to). */

export const SSL_VERIFY_PEER = 1;
export const SSL_VERIFY_FAIL_IF_NO_PEER_CERT = 2;
export const SSL_OP_NO_QUERY_MTU = 0x1000n;
export const SSL_OP_NO_TICKET = 0x4000n;
export const SSL_OP_NO_RENEGOTIATION = 0x4000_0000n;
export const SSL_SESS_CACHE_OFF = 0;
/** Of `SSL_get_shutdown`. */
export const SSL_RECEIVED_SHUTDOWN = 2;
export const SSL_ERROR_NONE = 0;
export const SSL_ERROR_SSL = 1;
export const SSL_ERROR_WANT_READ = 2;
export const SSL_ERROR_SYSCALL = 5;
export const SSL_ERROR_ZERO_RETURN = 6;
export const DTLS1_2_VERSION = 0xfefd;

/** Commands of `SSL_ctrl` and `SSL_CTX_ctrl`, which OpenSSL's headers hide behind macros. */
export const SSL_CTRL_SET_MTU = 17;
export const SSL_CTRL_SET_SESS_CACHE_MODE = 44;
export const SSL_CTRL_SET_MAX_CERT_LIST = 51;
export const DTLS_CTRL_GET_TIMEOUT = 73;
export const DTLS_CTRL_HANDLE_TIMEOUT = 74;
export const SSL_CTRL_SET_GROUPS_LIST = 92;
export const SSL_CTRL_SET_MIN_PROTO_VERSION = 123;
export const SSL_CTRL_SET_MAX_PROTO_VERSION = 124;
/** Of `BIO_ctrl`: forgets what is in it. */
export const BIO_CTRL_RESET = 1;

export const DTLS_method = foreign('void *DTLS_method()');
export const SSL_CTX_new = foreign('void *SSL_CTX_new(void *method)');
export const SSL_CTX_free = foreign('void SSL_CTX_free(void *context)');
export const SSL_CTX_ctrl = foreign('long SSL_CTX_ctrl(void *context, int command, long number, const char *text)');
export const SSL_CTX_set_options = foreign('uint64_t SSL_CTX_set_options(void *context, uint64_t options)');
export const SSL_CTX_set_cipher_list = foreign('int SSL_CTX_set_cipher_list(void *context, const char *list)');
export const SSL_CTX_set_verify = foreign('void SSL_CTX_set_verify(void *context, int mode, void *callback)');
export const SSL_CTX_set_cert_verify_callback = foreign(
  'void SSL_CTX_set_cert_verify_callback(void *context, void *callback, void *argument)',
);
/** Returns 0 for success, unlike all others. */
export const SSL_CTX_set_tlsext_use_srtp = foreign(
  'int SSL_CTX_set_tlsext_use_srtp(void *context, const char *profiles)',
);

export const SSL_new = foreign('void *SSL_new(void *context)');
export const SSL_free = foreign('void SSL_free(void *ssl)');
export const SSL_ctrl = foreign('long SSL_ctrl(void *ssl, int command, long number, uint8_t *memory)');
export const SSL_use_certificate = foreign('int SSL_use_certificate(void *ssl, void *certificate)');
export const SSL_use_PrivateKey = foreign('int SSL_use_PrivateKey(void *ssl, void *key)');
/** Takes one reference of each BIO: see `BIO_up_ref`. */
export const SSL_set_bio = foreign('void SSL_set_bio(void *ssl, void *read, void *write)');
export const SSL_set_accept_state = foreign('void SSL_set_accept_state(void *ssl)');
export const SSL_set_connect_state = foreign('void SSL_set_connect_state(void *ssl)');
export const SSL_do_handshake = foreign('int SSL_do_handshake(void *ssl)');
export const SSL_get_error = foreign('int SSL_get_error(void *ssl, int result)');
export const SSL_read = foreign('int SSL_read(void *ssl, uint8_t *output, int length)');
export const SSL_shutdown = foreign('int SSL_shutdown(void *ssl)');
export const SSL_get_shutdown = foreign('int SSL_get_shutdown(void *ssl)');
/** The callback says in microseconds how long the next repetition of a flight may wait. */
export const DTLS_set_timer_cb = foreign('void DTLS_set_timer_cb(void *ssl, void *callback)');
/** Of TLS 1.3, and read by nothing in DTLS: see `MAX_EARLY_DATA_AS_TIMER`. */
export const SSL_set_max_early_data = foreign('int SSL_set_max_early_data(void *ssl, uint32_t bytes)');
export const SSL_export_keying_material = foreign(
  'int SSL_export_keying_material(void *ssl, uint8_t *output, size_t length, const char *label, size_t labelLength, void *context, size_t contextLength, int useContext)',
);
/** `struct { const char *name; unsigned long id }`, or NULL. */
export const SSL_get_selected_srtp_profile = foreign('void *SSL_get_selected_srtp_profile(void *ssl)');
/** The caller frees it. */
export const SSL_get1_peer_certificate = foreign('void *SSL_get1_peer_certificate(void *ssl)');
/** For the keys of one's own records: see RFC 5246, 6.3. */
export const SSL_get_current_cipher = foreign('void *SSL_get_current_cipher(void *ssl)');
/** Of its key: 128 or 256. */
export const SSL_CIPHER_get_bits = foreign('int SSL_CIPHER_get_bits(void *cipher, void *ofAlgorithm)');
export const SSL_get_session = foreign('void *SSL_get_session(void *ssl)');
export const SSL_SESSION_get_master_key = foreign(
  'size_t SSL_SESSION_get_master_key(void *session, uint8_t *output, size_t length)',
);
export const SSL_get_client_random = foreign('size_t SSL_get_client_random(void *ssl, uint8_t *output, size_t length)');
export const SSL_get_server_random = foreign('size_t SSL_get_server_random(void *ssl, uint8_t *output, size_t length)');

export const BIO_new = foreign('void *BIO_new(void *method)');
/** Memory that keeps the borders of datagrams. */
export const BIO_s_dgram_mem = foreign('void *BIO_s_dgram_mem()');
export const BIO_up_ref = foreign('int BIO_up_ref(void *bio)');
export const BIO_write = foreign('int BIO_write(void *bio, uint8_t *input, int length)');
export const BIO_read = foreign('int BIO_read(void *bio, uint8_t *output, int length)');
export const BIO_ctrl = foreign('long BIO_ctrl(void *bio, int command, long number, uint8_t *memory)');

/**
 * A function of C's to be the callback that judges certificate chains: whatever its arguments, it returns a positive number, so
 * every chain is accepted, and the certificate is judged by its fingerprint once the handshake is done. A function of JavaScript
 * must never stand here: an exception in it would accept the chain, too, and nobody would know.
 */
export const ACCEPT_EVERY_CHAIN = addressOfFunction('OpenSSL_version_num');

/**
 * A function of C's to be the callback of `DTLS_set_timer_cb`, which would begin with a whole second without one: it gives back
 * the number that `SSL_set_max_early_data` keeps for the same object.
 */
export const MAX_EARLY_DATA_AS_TIMER = addressOfFunction('SSL_get_max_early_data');
