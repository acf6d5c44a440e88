import type { HandshakeOwner, HandshakeQueue } from './handshake-queue.js';
import { LiveAssociation, type AssociationEvent, type AssociationOptions } from './live-association.js';
import { helloIn, type HelloFragment } from './records.js';
import type { RestingAssociation } from './resting-association.js';
import type { SrtpKeys } from './srtp-keys.js';

/** After it the peer has surely seen the end of the handshake, and what OpenSSL keeps of it, about 80 kB, is freed. */
const REST_AFTER_MS = 30_000;
/** How long a handshake beside a connected association may take. The first one ends by its owner's deadline. */
const MAX_HANDSHAKE_BESIDE_MS = 30_000;
/** Hellos of former handshakes that are still known, so that a late copy of one begins nothing. */
const MAX_FORMER_HELLOS = 8;
/** Later pieces of hellos whose first piece is not there yet. Browsers' hellos have two. */
const MAX_PIECES = 4;
/** Clients cut a hello because it does not fit into 1,500 bytes. */
const MAX_PIECE_BYTES = 1_500;
/** Longer than the network keeps two datagrams of one flight apart; shorter than it takes a peer to begin anew. */
const MAX_PIECE_AGE_MS = 1000;
/** Each begins with a signature. A client sends a hello again that was not heard. */
const MIN_BETWEEN_HELLOS_MS = 200;
/** A flight is several times a hello: copies of one must not make us send more than a timer would. */
const MIN_BETWEEN_REPEATS_MS = 50;

export interface DtlsHandlers {
  /** The peer has proved to be the one that was offered; again for each new association. */
  onConnected(keys: SrtpKeys): void;
  /** Last; it is closed by then. `left`: the peer said goodbye. `failed`: no handshake, another peer, or its fatal alert. */
  onClosed(reason: 'left' | 'failed'): void;
}

export interface DtlsTransportOptions extends AssociationOptions {
  readonly queue: HandshakeQueue;
  /** Monotonic, in milliseconds; the same as of `tick`. */
  readonly clock: { now(): number };
  readonly handlers: DtlsHandlers;
}

interface Handshake {
  readonly association: LiveAssociation;
  /** The client's; undefined when the hello is ours. */
  readonly hello: HelloFragment | undefined;
  readonly sinceMs: number;
}

/** DTLS-SRTP with one peer (RFC 5764, 8842): the association that is in use, and the one that may follow it. */
export class DtlsTransport implements HandshakeOwner {
  private current: LiveAssociation | RestingAssociation | undefined;
  private connectedAtMs = 0;
  private handshake: Handshake | undefined;
  private formerHellos: string[] = [];
  private lastHelloMs = -Infinity;
  private repeatedAtMs = -Infinity;
  /** Which hello a later piece belongs to is told only by its length, so pieces wait for the first one, and not long. */
  private pieces: { readonly messageBytes: number; readonly datagram: Buffer; readonly atMs: number }[] = [];
  private closed = false;

  constructor(private readonly options: DtlsTransportOptions) {}

  /** Not yet closed, by either side. */
  get isOpen(): boolean {
    return !this.closed;
  }

  get isConnected(): boolean {
    return this.current !== undefined;
  }

  /** Client: says hello, once an address is known; again it does nothing. */
  start(): void {
    if (this.closed || this.options.role === 'server' || this.handshake !== undefined || this.isConnected) return;
    const handshake = this.beginHandshake(undefined);
    this.settle(handshake, handshake.association.start());
  }

  /** A datagram of the peer's, from an address that ICE has validated; it is copied and waits for its turn. */
  receive(datagram: Buffer): void {
    if (!this.closed) this.options.queue.addDatagram(this, datagram, (copy) => this.take(copy));
  }

  /** To be called ten times a second while there is a handshake, and now and then afterwards. */
  tick(nowMs: number): void {
    const { handshake, current } = this;
    if (current instanceof LiveAssociation && nowMs - this.connectedAtMs >= REST_AFTER_MS) {
      // A crowd that joined together comes to rest together, so it waits its turn as a handshake does.
      this.options.queue.add(this, () => {
        if (this.current === current) this.current = current.rest();
      });
    }
    if (handshake === undefined) return;
    if (this.isConnected && nowMs - handshake.sinceMs >= MAX_HANDSHAKE_BESIDE_MS) this.endHandshake();
    else this.settle(handshake, handshake.association.tick());
  }

  /** Tells the peer that this is the end; datagrams get lost, so it is worth a second call 50 ms later. */
  sayGoodbye(): void {
    const goodbye = this.current?.goodbye();
    if (goodbye !== undefined) this.options.send(goodbye);
  }

  /** Frees everything, and calls no handler any more. The certificate is its owner's. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.endHandshake();
    this.current?.free();
    this.current = undefined;
  }

  private take(datagram: Buffer): void {
    const hello = this.options.role === 'server' ? helloIn(datagram) : undefined;
    if (hello !== undefined) this.hear(hello, datagram);
    else this.pass(datagram);
  }

  /** A hello that is not known always begins a new association beside the old one (RFC 6347, 4.2.8). */
  private hear(hello: HelloFragment, datagram: Buffer): void {
    const { handshake, pieces, formerHellos } = this;
    const { random, messageBytes } = hello;
    const nowMs = this.options.clock.now();
    const isOfHandshake =
      messageBytes === handshake?.hello?.messageBytes && (random === undefined || random === handshake.hello.random);
    if (handshake !== undefined && isOfHandshake && !handshake.association.hasAnswered) {
      this.settle(handshake, handshake.association.receive(datagram));
    } else if (random === undefined) {
      if (datagram.length > MAX_PIECE_BYTES) return;
      this.pieces = [...pieces, { messageBytes, datagram, atMs: nowMs }].slice(-MAX_PIECES);
    } else if (handshake !== undefined && isOfHandshake) {
      if (nowMs - this.repeatedAtMs < MIN_BETWEEN_REPEATS_MS) return;
      this.repeatedAtMs = nowMs;
      handshake.association.repeatFlight();
    } else if (!formerHellos.includes(random) && nowMs - this.lastHelloMs >= MIN_BETWEEN_HELLOS_MS) {
      this.lastHelloMs = nowMs;
      this.formerHellos = [...formerHellos, random].slice(-MAX_FORMER_HELLOS);
      this.pieces = [];
      const rest = pieces.filter((each) => each.messageBytes === messageBytes && nowMs - each.atMs <= MAX_PIECE_AGE_MS);
      this.answer(hello, [datagram, ...rest.map((piece) => piece.datagram)]);
    }
  }

  private answer(hello: HelloFragment, datagrams: readonly Buffer[]): void {
    this.endHandshake();
    const handshake = this.beginHandshake(hello);
    for (const datagram of datagrams) {
      if (this.handshake === handshake) this.settle(handshake, handshake.association.receive(datagram));
    }
  }

  private pass(datagram: Buffer): void {
    const { handshake, current } = this;
    if (handshake !== undefined) this.settle(handshake, handshake.association.receive(datagram));
    // The handshake may have ended the old association, or the owner all of it.
    if (current === undefined || current !== this.current) return;
    const event = current.receive(datagram);
    if (event === 'left' || event === 'failed') this.end(event);
  }

  private beginHandshake(hello: HelloFragment | undefined): Handshake {
    const handshake = { association: new LiveAssociation(this.options), hello, sinceMs: this.options.clock.now() };
    this.handshake = handshake;
    return handshake;
  }

  private endHandshake(): void {
    this.handshake?.association.free();
    this.handshake = undefined;
  }

  private settle({ association }: Handshake, event: AssociationEvent | undefined): void {
    if (event === undefined) return;
    if (typeof event === 'object') this.succeed(association, event);
    else if (this.isConnected) this.endHandshake();
    else this.end(event);
  }

  private succeed(association: LiveAssociation, keys: SrtpKeys): void {
    this.current?.free();
    this.handshake = undefined;
    this.current = association;
    this.connectedAtMs = this.options.clock.now();
    this.options.handlers.onConnected(keys);
  }

  private end(reason: 'left' | 'failed'): void {
    this.close();
    this.options.handlers.onClosed(reason);
  }
}
