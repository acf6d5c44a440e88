import { describe, expect, it } from 'vitest';
import { DtlsSide, FakeClock, offered, settle } from '../../../../../test/support/dtls-pair.js';
import { foreign } from '../native/foreign.js';
import { openHandles } from '../native/handle.js';
import { SSL_do_handshake, SSL_shutdown } from '../native/ssl.js';
import { Certificate } from './certificate.js';
import { exchange, openSession } from './openssl-session.js';
import type { DtlsRole } from './srtp-keys.js';

const setCiphers = foreign<(ssl: bigint, list: string) => number>(
  'int SSL_set_cipher_list(void *ssl, const char *list)',
);

const CASES = (['server', 'client'] as const).flatMap((role) =>
  ['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-AES256-GCM-SHA384'].map((cipher) => [role, cipher] as const),
);

describe('what is kept of an association', () => {
  it.each(CASES)('reads as %s the goodbye of a peer that chose %s', async (role, cipher) => {
    const before = openHandles();
    const [own, others] = [Certificate.create(), Certificate.create()];
    const clock = new FakeClock();
    const side = new DtlsSide(role, { clock, certificate: own, fingerprints: [offered(others)] });
    const peerRole: DtlsRole = role === 'server' ? 'client' : 'server';
    const session = openSession(others, peerRole);
    expect(setCiphers(session.pointer, cipher)).toBe(1);
    const receive = (datagram?: Buffer): void => {
      for (const answer of exchange(session, datagram, SSL_do_handshake).flight) side.transport.receive(answer);
    };
    side.peer = { transport: { receive } };
    side.transport.start();
    if (peerRole === 'client') receive();
    await settle();
    expect(side.transport.isConnected).toBe(true);

    clock.nowMs += 30_000;
    side.transport.tick(clock.nowMs);
    await settle(4);
    const goodbye = exchange(session, undefined, SSL_shutdown).flight[0]!;
    for (let at = 13; at < goodbye.length; at += 1) {
      const forged = Buffer.from(goodbye);
      forged[at] = forged[at]! ^ 1;
      side.transport.receive(forged);
    }
    await settle();
    expect(side.closed).toEqual([]);
    side.transport.receive(goodbye);
    await settle();
    expect(side.closed).toEqual(['left']);
    session.free();
    others.free();
    side.free();
    expect(openHandles()).toBe(before);
  });
});
