import type { Handle } from '../native/handle.js';
import { reserve } from '../native/memory.js';
import * as openssl from '../native/ssl.js';
import type { Certificate } from './certificate.js';
import { isOfferedPeer, type OfferedFingerprint } from './fingerprint.js';
import { exchange, FIRST_REPEAT_AFTER_MS, openSession, setRepeatAfter } from './openssl-session.js';
import { PeerRecords } from './peer-records.js';
import { isPlausibleInClear, readRecords } from './records.js';
import { RestingAssociation } from './resting-association.js';
import { exportSrtpKeys, type DtlsRole, type SrtpKeys } from './srtp-keys.js';

/**
 * OpenSSL sets aside records of the next epoch, each in a buffer of 16 kB, until it can read them. Of an honest peer it is the
 * Finished, perhaps sent again.
 */
const MAX_EARLY_RECORDS = 8;
/** OpenSSL gives up after twelve repetitions; an owner's deadline comes before. */
const MAX_REPEAT_AFTER_MS = 10_000;
const APPLICATION_BYTES = 2048;
const application = reserve(APPLICATION_BYTES);

/**
 * What became of an association by a call: keys by the end of the handshake, `left` by the peer's goodbye, `failed` by an error
 * or the peer's fatal alert.
 */
export type AssociationEvent = SrtpKeys | 'left' | 'failed';

export interface AssociationOptions {
  readonly certificate: Certificate;
  readonly role: DtlsRole;
  readonly fingerprints: readonly OfferedFingerprint[];
  readonly send: (datagram: Buffer) => void;
}

/** An association that OpenSSL carries: its handshake, and for a while what comes afterwards. */
export class LiveAssociation {
  private readonly session: Handle;
  /** Sent again when the peer shows that it missed it. */
  private lastFlight: readonly Buffer[] = [];
  private repeatAfterMs = FIRST_REPEAT_AFTER_MS;
  private earlyRecords = 0;
  private connected = false;
  private farewell: Buffer | undefined;

  constructor(private readonly options: AssociationOptions) {
    this.session = openSession(options.certificate, options.role);
  }

  /** Client: sends the ClientHello. */
  start(): AssociationEvent | undefined {
    return this.shakeHands(undefined);
  }

  /** Whether it has answered; then the same hello again means that the answer got lost. */
  get hasAnswered(): boolean {
    return this.lastFlight.length > 0;
  }

  repeatFlight(): void {
    this.sendAll(this.lastFlight);
  }

  /** @returns what changed; undefined for nothing */
  receive(datagram: Buffer): AssociationEvent | undefined {
    if (this.connected) return this.read(datagram);
    const credible = this.withoutForgeries(datagram);
    return credible.length > 0 ? this.shakeHands(credible) : undefined;
  }

  /** Sends a flight again when it is time (RFC 6347, 4.2.4). OpenSSL has a clock of its own. */
  tick(): AssociationEvent | undefined {
    if (this.connected) return undefined;
    const nextMs = Math.min(2 * this.repeatAfterMs, MAX_REPEAT_AFTER_MS);
    setRepeatAfter(this.session, nextMs);
    const { result, flight } = exchange(this.session, undefined, (ssl) =>
      Number(openssl.SSL_ctrl(ssl, openssl.DTLS_CTRL_HANDLE_TIMEOUT, 0, null)),
    );
    if (result > 0) this.repeatAfterMs = nextMs;
    this.sendAll(flight);
    return result < 0 ? 'failed' : undefined;
  }

  /** A close_notify, the same each time; undefined when none can be made. */
  goodbye(): Buffer | undefined {
    if (!this.connected) return undefined;
    this.farewell ??= exchange(this.session, undefined, openssl.SSL_shutdown).flight.at(0);
    return this.farewell;
  }

  /** Frees what OpenSSL has of it; from now on the rest carries it. */
  rest(): RestingAssociation {
    const { role, send } = this.options;
    const peer = new PeerRecords(this.session.pointer, role);
    // A client does not end the handshake, so nobody can miss its end.
    const resting = new RestingAssociation(peer, this.goodbye(), role === 'server' ? this.lastFlight : [], send);
    this.free();
    return resting;
  }

  /** Once; wipes its keys. */
  free(): void {
    this.session.free();
  }

  private shakeHands(datagram: Buffer | undefined): AssociationEvent | undefined {
    const { result, error, flight } = exchange(this.session, datagram, openssl.SSL_do_handshake);
    if (flight.length > 0) this.lastFlight = flight;
    this.sendAll(flight);
    if (result === 1) return this.finish();
    return error === openssl.SSL_ERROR_WANT_READ ? undefined : 'failed';
  }

  private finish(): AssociationEvent {
    const { role, fingerprints } = this.options;
    this.connected = true;
    const ssl = this.session.pointer;
    // OpenSSL accepted any certificate. It is judged here, before there is a key that could be used.
    const keys = isOfferedPeer(ssl, fingerprints) ? exportSrtpKeys(ssl, role) : undefined;
    if (keys !== undefined) return keys;
    const goodbye = this.goodbye();
    if (goodbye !== undefined) this.options.send(goodbye);
    return 'failed';
  }

  private read(datagram: Buffer): AssociationEvent | undefined {
    let input: Buffer | undefined = datagram;
    for (;;) {
      const { result, error, flight } = exchange(this.session, input, (ssl) =>
        openssl.SSL_read(ssl, application.address, APPLICATION_BYTES),
      );
      this.sendAll(flight);
      // What peers say over DTLS itself is not for us. A datagram may hold several records.
      input = undefined;
      if (result > 0) continue;
      if (error === openssl.SSL_ERROR_ZERO_RETURN) return 'left';
      // Only an alert that authenticates sets this; any other error is no reason to end what carries media.
      const isOver = (openssl.SSL_get_shutdown(this.session.pointer) & openssl.SSL_RECEIVED_SHUTDOWN) !== 0;
      return isOver ? 'failed' : undefined;
    }
  }

  /** Without what anybody can write in clear, and without more early records than an honest peer sends. */
  private withoutForgeries(datagram: Buffer): Buffer {
    const kept = readRecords(datagram).filter((record) => {
      if (record.epoch === 0) return isPlausibleInClear(record);
      this.earlyRecords += 1;
      return this.earlyRecords <= MAX_EARLY_RECORDS;
    });
    return Buffer.concat(kept.map(({ bytes }) => bytes));
  }

  private sendAll(flight: readonly Buffer[]): void {
    for (const datagram of flight) this.options.send(datagram);
  }
}
