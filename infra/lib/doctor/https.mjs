import { once } from 'node:events';
import { request as requestPlain } from 'node:http';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { connect } from 'node:tls';

const TIMEOUT_MS = 4_000;

/**
 * Calls nginx on this machine under a name, whether its certificate is valid or not.
 *
 * @param {import('./machine.mjs').Machine} machine
 * @param {string} path
 * @param {{ method?: string, headers?: Record<string, string>, body?: string, tls?: boolean }} [options]
 * @returns {Promise<{ status: number, headers: import('node:http').IncomingHttpHeaders, body: string }>}
 * @throws {Error} when there is no answer in time
 */
export async function call(machine, path, { method = 'GET', headers = {}, body, tls = true } = {}) {
  const domain = machine.answer('DOMAIN');
  const sent = (tls ? request : requestPlain)({
    host: machine.address,
    port: machine.port(tls ? 'HTTPS_PORT' : 'HTTP_PORT'),
    ...(tls ? { servername: domain, rejectUnauthorized: false } : {}),
    path,
    method,
    headers: { host: domain, ...headers },
    agent: false,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  // Once there is an answer, its body ends with the same error.
  sent.on('error', () => undefined);
  sent.end(body);
  const [answer] = await once(sent, 'response');
  return { status: answer.statusCode, headers: answer.headers, body: await text(answer) };
}

/** What a service on loopback answers. @returns {Promise<unknown>} JSON @throws {Error} for another status than 200 */
export async function fetchJson(url) {
  const answer = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}`);
  return answer.json();
}

/**
 * One TLS handshake with nginx, or with coturn through it, by name.
 *
 * @param {import('node:tls').ConnectionOptions} [options] versions, ciphers, session, timeout
 * @returns {Promise<{ cipher: string, trusted: boolean, reason: string, reused: boolean,
 *   certificate: import('node:crypto').X509Certificate, session: Buffer | undefined }>}
 * @throws {Error} when it fails
 */
export async function handshake(machine, servername, options = {}) {
  const target = { host: machine.address, port: machine.port('HTTPS_PORT'), servername, rejectUnauthorized: false };
  const socket = connect({ ...target, ...options });
  socket.setTimeout(options.timeout ?? TIMEOUT_MS, () => socket.destroy(new Error('no handshake in time')));
  await once(socket, 'secureConnect');
  const seen = {
    cipher: socket.getCipher().standardName,
    trusted: socket.authorized,
    reason: String(socket.authorizationError ?? ''),
    reused: socket.isSessionReused(),
    certificate: socket.getPeerX509Certificate(),
    session: socket.getSession(),
  };
  socket.destroy();
  return seen;
}
