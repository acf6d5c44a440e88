import { Certificate } from './dtls/certificate.js';
import { DtlsTransport } from './dtls/dtls-transport.js';
import { HandshakeQueue } from './dtls/handshake-queue.js';
import type { SrtpKeys } from './dtls/srtp-keys.js';
import { knownAnswers } from './srtp/known-answers.js';

/** It takes two milliseconds; this is for a machine that is very busy. */
const HANDSHAKE_TIMEOUT_MS = 5_000;

/**
 * Whether this Node.js and its OpenSSL do what the engine needs: the known answers of RFC 3711 and RFC 7714, and a DTLS
 * handshake with itself. A few milliseconds, at the start of each worker.
 *
 * @throws Error in words
 */
export async function selfTest(): Promise<void> {
  try {
    knownAnswers();
    await handshakeWithItself();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`The media engine does not work with this Node.js (${process.version}): ${reason}`, {
      cause: error,
    });
  }
}

async function handshakeWithItself(): Promise<void> {
  const certificates = { server: Certificate.create(), client: Certificate.create() };
  const queue = new HandshakeQueue(() => undefined);
  const open = (role: 'server' | 'client', done: (keys: SrtpKeys) => void, fail: (error: Error) => void) => {
    const [hash, value] = certificates[role === 'server' ? 'client' : 'server'].fingerprint.split(' ');
    return new DtlsTransport({
      certificate: certificates[role],
      role,
      fingerprints: [{ hash: hash as 'sha-256', value: value ?? '' }],
      queue,
      clock: performance,
      send: (datagram) => ends[role === 'server' ? 'client' : 'server']?.receive(datagram),
      handlers: { onConnected: done, onClosed: () => fail(new Error('the DTLS handshake with itself failed')) },
    });
  };
  const ends: { server?: DtlsTransport; client?: DtlsTransport } = {};
  let timeout: NodeJS.Timeout | undefined;
  try {
    const keys = Promise.all(
      (['server', 'client'] as const).map(
        (role) => new Promise<SrtpKeys>((resolve, reject) => (ends[role] = open(role, resolve, reject))),
      ),
    );
    const late = new Promise<never>((_, reject) => {
      timeout = setTimeout(
        () => reject(new Error('the DTLS handshake with itself does not end')),
        HANDSHAKE_TIMEOUT_MS,
      );
    });
    ends.client?.start();
    const [server, client] = await Promise.race([keys, late]);
    if (server?.local.equals(client?.remote ?? Buffer.alloc(0)) !== true)
      throw new Error('the two sides of DTLS disagree');
  } finally {
    clearTimeout(timeout);
    ends.server?.close();
    ends.client?.close();
    certificates.server.free();
    certificates.client.free();
  }
}
