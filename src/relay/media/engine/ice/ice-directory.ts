import { type Incoming } from '../udp/incoming.js';
import { type Route } from '../udp/route.js';
import { type Account, IceAgent, type IceBooks, type IceHandlers } from './ice-agent.js';
import { UFRAG_BYTES } from './ice-credentials.js';
import { StunRequest } from './stun-request.js';
import { StunResponse } from './stun-response.js';

/** Datagrams by what became of them. Rising numbers. */
export interface IceCounters {
  /** Checks that were answered with success. */
  checks: number;
  /** Authenticated requests that were answered with an error. */
  refused: number;
  /** Whatever else claimed to be STUN: no request, malformed, for nobody here, or wrongly signed. Never answered. */
  ignored: number;
}

export interface IceDirectoryOptions {
  /** Monotonic, in milliseconds. */
  readonly clock: { now(): number };
  readonly counters?: IceCounters;
}

/** All agents of a worker, found by user name fragment and by the addresses at which they authenticated. */
export class IceDirectory {
  private readonly books: IceBooks = { accounts: new Map(), addressOwners: new Map() };
  private readonly request = new StunRequest();
  private readonly response = new StunResponse();
  private readonly clock: IceDirectoryOptions['clock'];
  readonly counters: IceCounters;

  constructor({ clock, counters = { checks: 0, refused: 0, ignored: 0 } }: IceDirectoryOptions) {
    this.clock = clock;
    this.counters = counters;
  }

  /** For one peer, which closes it. */
  open(handlers: IceHandlers): IceAgent {
    return new IceAgent(this.books, handlers, this.clock.now());
  }

  /** Whose peer what comes from an address is: of the agent that last authenticated there. */
  agentAt(key: string): IceAgent | undefined {
    return this.books.addressOwners.get(key);
  }

  /**
   * A datagram whose first byte is 0 to 3 (RFC 7983). Strangers cost one look-up and get no answer; nothing changes
   * before the signature holds. Answers are kept nowhere: a request that comes twice is answered twice.
   */
  receive(datagram: Incoming): void {
    const account = this.authenticated(datagram.bytes);
    const route = account && (account.agent.routeAt(datagram.key) ?? datagram.route());
    // Nothing can be sent to port 0.
    if (account === undefined || route === undefined || route.port === 0) {
      this.counters.ignored += 1;
      return;
    }
    this.answer(datagram, account, route);
  }

  private authenticated(bytes: Buffer): Account | undefined {
    const { request } = this;
    const ufrag = request.read(bytes) ? request.addressee(UFRAG_BYTES) : undefined;
    const account = ufrag === undefined ? undefined : this.books.accounts.get(ufrag);
    return account !== undefined && request.isSignedWith(account.credentials.hmac) ? account : undefined;
  }

  private answer({ bytes, socket }: Incoming, { agent, credentials }: Account, route: Route): void {
    const { request } = this;
    const refusal = this.refusal(bytes, credentials.hmac);
    const answer = refusal ?? this.response.success(bytes, route.address, route.port, credentials.hmac);
    // Whoever joined may forge the address of somebody else, at which we must not send more than it did itself. Every
    // request with what RFC 8445 demands (PRIORITY and ICE-CONTROLLING) is longer than its answer.
    if (answer.length > bytes.length) {
      this.counters.ignored += 1;
      return;
    }
    this.counters[refusal === undefined ? 'checks' : 'refused'] += 1;
    socket.send(answer, route);
    if (refusal === undefined) agent.checked(credentials, route, request.nominates, this.clock.now());
  }

  private refusal(bytes: Buffer, hmac: Account['credentials']['hmac']): Buffer | undefined {
    const { unknownTypes, claimsControlledRole } = this.request;
    if (unknownTypes.length > 0) return this.response.unknownAttributes(bytes, unknownTypes, hmac);
    return claimsControlledRole ? this.response.roleConflict(bytes, hmac) : undefined;
  }
}
