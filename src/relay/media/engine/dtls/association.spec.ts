import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DtlsSide, FakeClock, settle } from '../../../../../test/support/dtls-pair.js';
import { foreign } from '../native/foreign.js';
import { openHandles, type Handle } from '../native/handle.js';
import { SSL_do_handshake, SSL_OP_NO_RENEGOTIATION, SSL_shutdown } from '../native/ssl.js';
import { Certificate } from './certificate.js';
import { exchange, openSession } from './openssl-session.js';
import type { DtlsRole } from './srtp-keys.js';

const setCiphers = foreign('int SSL_set_cipher_list(void *ssl, const char *list)');
const renegotiate = foreign('int SSL_renegotiate(void *ssl)');
const clearOptions = foreign('uint64_t SSL_clear_options(void *ssl, uint64_t options)');

const AES_128 = 'ECDHE-ECDSA-AES128-GCM-SHA256';
const AES_256 = 'ECDHE-ECDSA-AES256-GCM-SHA384';

/** A transport, and a peer of which a test sees all. */
class Meeting {
  readonly certificates = [Certificate.create(), Certificate.create()] as const;
  readonly clock = new FakeClock();
  readonly side: DtlsSide;
  readonly session: Handle;

  constructor(
    readonly role: DtlsRole,
    cipher: string,
  ) {
    const [own, others] = this.certificates;
    this.side = new DtlsSide(role, own, others, this.clock);
    this.session = openSession(others, role === 'server' ? 'client' : 'server');
    expect(setCiphers(this.session.pointer, cipher)).toBe(1);
    this.side.peer = { transport: { receive: (datagram) => this.shakeHands(datagram) } };
  }

  shakeHands(datagram?: Buffer): void {
    for (const answer of exchange(this.session, datagram, SSL_do_handshake).flight) this.side.transport.receive(answer);
  }

  async connect(): Promise<void> {
    this.side.transport.start();
    if (this.role === 'server') this.shakeHands();
    await settle();
    expect(this.side.transport.isConnected).toBe(true);
  }

  free(): void {
    this.session.free();
    this.side.free();
    this.certificates[1].free();
  }
}

let before = 0;
let meeting: Meeting | undefined;

beforeEach(() => {
  before = openHandles();
});

afterEach(() => {
  meeting?.free();
  expect(openHandles()).toBe(before);
});

const CASES = (['server', 'client'] as const).flatMap((role) =>
  [AES_128, AES_256].map((cipher) => [role, cipher] as const),
);

describe('an association', () => {
  it.each(CASES)(
    'of which OpenSSL has nothing more reads as %s the goodbye of a peer with %s',
    async (role, cipher) => {
      meeting = new Meeting(role, cipher);
      const { side, clock, session } = meeting;
      await meeting.connect();
      clock.nowMs += 30_000;
      side.transport.tick(clock.nowMs);
      await settle(4);
      const goodbye = exchange(session, undefined, SSL_shutdown).flight[0]!;
      // Type, version and epoch are told from others before; everything else is under the tag.
      for (let at = 5; at < goodbye.length; at += 1) {
        const forged = Buffer.from(goodbye);
        forged[at] = forged[at]! ^ 1;
        side.transport.receive(forged);
      }
      await settle();
      expect(side.closed).toEqual([]);
      side.transport.receive(goodbye);
      await settle();
      expect(side.closed).toEqual(['left']);
    },
  );

  it('is ended by a fatal alert that authenticates', async () => {
    meeting = new Meeting('server', AES_128);
    const { side, session } = meeting;
    await meeting.connect();
    // OpenSSL takes it amiss when it is refused to negotiate anew.
    clearOptions(session.pointer, SSL_OP_NO_RENEGOTIATION);
    expect(renegotiate(session.pointer)).toBe(1);
    meeting.shakeHands();
    await settle();
    expect(side.closed).toEqual(['failed']);
    expect(side.keys).toHaveLength(1);
  });
});
