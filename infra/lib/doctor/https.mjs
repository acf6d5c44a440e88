import { once } from 'node:events';
import { request as requestPlain } from 'node:http';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { connect } from 'node:tls';

const TIMEOUT_MS = 4_000;

/**
 * @typedef {object} Answer
 * @property {number} status
 * @property {import('node:http').IncomingHttpHeaders} headers
 * @property {string} body what came within the time, at most
 */

/**
 * Calls nginx on this machine under a name, whether its certificate is valid or not.
 *
 * @param {import('./machine.mjs').Machine} machine
 * @param {string} path
 * @param {{ method?: string, headers?: Record<string, string>, body?: string }} [options]
 * @returns {Promise<Answer>} @throws {Error} when there is no answer in time
 */
export const call = (machine, path, options = {}) =>
  send(
    request,
    { port: machine.port('HTTPS_PORT'), servername: machine.answer('DOMAIN'), rejectUnauthorized: false },
    machine,
    path,
    options,
  );

/** As `call`, without TLS. */
export const callPlain = (machine, path, options = {}) =>
  send(requestPlain, { port: machine.port('HTTP_PORT') }, machine, path, options);

/** What a service on loopback answers. @returns {Promise<unknown>} JSON @throws {Error} for another status than 200 */
export async function fetchJson(url) {
  const answer = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}`);
  return answer.json();
}

async function send(start, target, machine, path, { method = 'GET', headers = {}, body }) {
  const sent = start({
    ...target,
    host: machine.address,
    path,
    method,
    headers: { host: machine.answer('DOMAIN'), ...headers },
    agent: false,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  // Once there is an answer, its body ends with the same error.
  sent.on('error', () => undefined);
  sent.end(body);
  const [answer] = await once(sent, 'response');
  return { status: answer.statusCode, headers: answer.headers, body: await text(answer) };
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
