import { Certificate } from '../../src/relay/media/engine/dtls/certificate.js';
import { DtlsTransport } from '../../src/relay/media/engine/dtls/dtls-transport.js';
import type { OfferedFingerprint } from '../../src/relay/media/engine/dtls/fingerprint.js';
import { HandshakeQueue } from '../../src/relay/media/engine/dtls/handshake-queue.js';
import type { DtlsRole, SrtpKeys } from '../../src/relay/media/engine/dtls/srtp-keys.js';

/** What arrives in the place of a datagram. */
export type Wire = (datagram: Buffer) => readonly Buffer[];

/** A clock that a test moves. */
export class FakeClock {
  constructor(public nowMs = 0) {}

  now(): number {
    return this.nowMs;
  }
}

/** One side of a DTLS association in a test, and what its owner was told. */
export class DtlsSide {
  readonly keys: SrtpKeys[] = [];
  readonly closed: string[] = [];
  readonly sent: Buffer[] = [];
  readonly errors: unknown[] = [];
  readonly transport: DtlsTransport;
  peer: { transport: { receive(datagram: Buffer): void } } | undefined;
  wire: Wire = (datagram) => [datagram];

  /** @param trusted whom the offer names: a peer by its certificate, or fingerprints as they are */
  constructor(
    readonly role: DtlsRole,
    readonly certificate: Certificate,
    trusted: Certificate | readonly OfferedFingerprint[],
    clock: FakeClock,
  ) {
    this.transport = new DtlsTransport({
      role,
      certificate,
      fingerprints: trusted instanceof Certificate ? [offered(trusted)] : trusted,
      clock,
      queue: new HandshakeQueue((error) => this.errors.push(error)),
      send: (datagram) => {
        this.sent.push(datagram);
        for (const arrived of this.wire(datagram)) this.peer?.transport.receive(arrived);
      },
      handlers: {
        onConnected: (keys) => this.keys.push(keys),
        onClosed: (reason) => this.closed.push(reason),
      },
    });
  }

  /** The datagrams sent since the last call. */
  takeSent(): Buffer[] {
    return this.sent.splice(0);
  }

  /** The certificate, too. */
  free(): void {
    this.transport.close();
    this.certificate.free();
  }
}

/** As an offer names a certificate. */
export function offered(certificate: Certificate): OfferedFingerprint {
  return { hash: 'sha-256', value: certificate.fingerprint.slice('sha-256 '.length) };
}

/** A server and a client that are not yet connected. */
export function dtlsPair(clock = new FakeClock()): { server: DtlsSide; client: DtlsSide; clock: FakeClock } {
  const [ofServer, ofClient] = [Certificate.create(), Certificate.create()];
  const server = new DtlsSide('server', ofServer, ofClient, clock);
  const client = new DtlsSide('client', ofClient, ofServer, clock);
  join(server, client);
  return { server, client, clock };
}

/** Two sides hear each other from now on. */
export function join(one: DtlsSide, other: DtlsSide): void {
  one.peer = other;
  other.peer = one;
}

/** Until no queue has anything to do. */
export async function settle(turns = 30): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** The same records of epoch 0 under later numbers, as from a sender that has sent so many more before. */
export function renumbered(datagram: Buffer, by: number): Buffer {
  const copy = Buffer.from(datagram);
  for (let at = 0; at + 13 <= copy.length; at += 13 + copy.readUInt16BE(at + 11)) {
    if (copy.readUInt16BE(at + 3) === 0) copy.writeUIntBE(copy.readUIntBE(at + 5, 6) + by, at + 5, 6);
  }
  return copy;
}
