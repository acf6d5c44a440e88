import { type Route } from '../udp/route.js';
import { type IceCredentials, SigningCredentials } from './ice-credentials.js';

/** After so long without a word from it, an address that carries the media gives way to one that checks. */
const SILENT_AFTER_MS = 3_000;
/** A client tries as many pairs as it has interfaces, relays and protocols; more than this it does not keep in use. */
const MAX_ADDRESSES = 8;
/** Nothing is sent any longer to an address without a word from it (RFC 7675, 5.1). */
const CONSENT_MS = 30_000;

/** What an agent tells. Handlers may close the agent; after that nothing more is told. */
export interface IceHandlers {
  /** The owner of the credentials was heard from an address that was none of its until now: DTLS may come from it. */
  onValidated(route: Route): void;
  /** Media goes there from now on. */
  onSelected(route: Route): void;
}

/** Whom credentials name. */
export interface Account {
  readonly agent: IceAgent;
  readonly credentials: SigningCredentials;
}

/** An address from which its owner authenticated, and when it last was heard from there. */
interface ValidatedAddress {
  readonly route: Route;
  heardAtMs: number;
}

/** What all agents of a worker share: an address, like a user name, belongs to one of them. */
export interface IceBooks {
  readonly accounts: Map<string, Account>;
  readonly addressOwners: Map<string, IceAgent>;
}

/**
 * Our end of ICE for one peer: lite and always controlled (RFC 8445, 2.5). It sends no checks and judges those that come.
 *
 * The newest authenticated nomination carries the media, so that it follows a client whose address changed. A check that
 * does not nominate moves it only when the address that carries it was silent for 3 s: Firefox never nominates again. After
 * 30 s, media from another address moves it, too: whoever joined may nominate, by a forged check, the address of somebody
 * who asked for nothing, and must not be able to have media sent there for as long as it keeps the peer alive from its own.
 */
export class IceAgent {
  private inUse: SigningCredentials;
  private offered: SigningCredentials | undefined;
  private readonly validated = new Map<string, ValidatedAddress>();
  private carrier: ValidatedAddress | undefined;
  private heardAtMs: number;
  private isClosed = false;

  constructor(
    private readonly books: IceBooks,
    private readonly handlers: IceHandlers,
    nowMs: number,
  ) {
    this.heardAtMs = nowMs;
    this.inUse = this.freshCredentials();
  }

  /** The newest, which an answer is to carry. */
  get credentials(): IceCredentials {
    return this.offered ?? this.inUse;
  }

  /** Where media goes; undefined until the first nomination. */
  get selected(): Route | undefined {
    return this.carrier?.route;
  }

  /** When the peer last consented to being sent to (RFC 7675), by a check or by media; at first when the agent was opened. */
  get lastHeardAtMs(): number {
    return this.heardAtMs;
  }

  /**
   * New credentials (RFC 8839, 4.4). Those in use, the address and the media stay until the first authenticated check
   * under the new ones; the address stays until the first nomination under them. Credentials under which nobody checked
   * are forgotten.
   *
   * @throws Error once closed, which is a defect
   */
  restart(): IceCredentials {
    if (this.isClosed) throw new Error('an ICE agent was restarted after it was closed');
    const { offered } = this;
    this.offered = this.freshCredentials();
    if (offered !== undefined) this.forget(offered);
    return this.offered;
  }

  /**
   * Authenticated media came: it counts as consent and as a word from that address, and moves the media only away from one
   * whose consent is over.
   */
  heardFrom(key: string, nowMs: number): void {
    const address = this.validated.get(key);
    if (address === undefined) return;
    address.heardAtMs = nowMs;
    this.heardAtMs = nowMs;
    const { carrier } = this;
    if (carrier === undefined || nowMs - carrier.heardAtMs <= CONSENT_MS) return;
    this.carrier = address;
    this.handlers.onSelected(address.route);
  }

  /** Where an authenticated check of this peer came from, and of no other peer since. */
  routeAt(key: string): Route | undefined {
    return this.validated.get(key)?.route;
  }

  /** An authenticated check, well-formed and in the right role. To be called by the directory alone. */
  checked(credentials: SigningCredentials, route: Route, nominates: boolean, nowMs: number): void {
    if (credentials === this.offered) this.takeIntoUse(credentials);
    const known = this.validated.get(route.key);
    const address = known ?? this.validate(route, nowMs);
    const isMoved = this.isToCarry(address, nominates, nowMs);
    address.heardAtMs = nowMs;
    this.heardAtMs = nowMs;
    if (isMoved) this.carrier = address;

    if (known === undefined) this.handlers.onValidated(route);
    if (isMoved && !this.isClosed) this.handlers.onSelected(route);
  }

  /** Its user names lead nowhere from now on, and its addresses to nobody. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.forget(this.inUse);
    if (this.offered !== undefined) this.forget(this.offered);
    for (const key of this.validated.keys()) this.books.addressOwners.delete(key);
    this.validated.clear();
  }

  private isToCarry(address: ValidatedAddress, nominates: boolean, nowMs: number): boolean {
    const { carrier } = this;
    if (carrier === undefined) return nominates;
    if (carrier.route.key === address.route.key) return false;
    return nominates || nowMs - carrier.heardAtMs > SILENT_AFTER_MS;
  }

  private validate(route: Route, nowMs: number): ValidatedAddress {
    const { addressOwners } = this.books;
    // If somebody else authenticated there, what comes from there is now ours; its media that goes there does so until it
    // nominates another address, or ends for want of consent. A source address can be forged: whoever joined may take the
    // address of another for a moment, and must not silence it by that.
    addressOwners.get(route.key)?.validated.delete(route.key);
    addressOwners.set(route.key, this);
    const { carrier } = this;
    const address = carrier?.route.key === route.key ? carrier : { route, heardAtMs: nowMs };
    this.validated.set(route.key, address);
    if (this.validated.size > MAX_ADDRESSES) this.dropOne(address);
    return address;
  }

  /** The one that was silent for longest, but neither the newest nor the one that carries the media. */
  private dropOne(newest: ValidatedAddress): void {
    const others = [...this.validated.values()].filter((each) => each !== newest && each !== this.carrier);
    const { key } = others.reduce((oldest, each) => (each.heardAtMs < oldest.heardAtMs ? each : oldest)).route;
    this.validated.delete(key);
    this.books.addressOwners.delete(key);
  }

  private takeIntoUse(credentials: SigningCredentials): void {
    this.forget(this.inUse);
    this.inUse = credentials;
    this.offered = undefined;
  }

  private freshCredentials(): SigningCredentials {
    const credentials = new SigningCredentials();
    this.books.accounts.set(credentials.ufrag, { agent: this, credentials });
    return credentials;
  }

  private forget({ ufrag, hmac }: SigningCredentials): void {
    this.books.accounts.delete(ufrag);
    hmac.free();
  }
}
