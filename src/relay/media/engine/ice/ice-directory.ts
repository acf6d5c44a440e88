import { type Incoming } from '../udp/incoming.js';
import { type Route } from '../udp/route.js';
import { type Account, IceAgent, type IceBooks, type IceHandlers } from './ice-agent.js';
import { UFRAG_BYTES } from './ice-credentials.js';
import { StunRequest } from './stun-request.js';
import { StunResponse } from './stun-response.js';

/** All agents of a worker, found by user name fragment and by the addresses at which they authenticated. */
export class IceDirectory {
  private readonly books: IceBooks = { accounts: new Map(), addressOwners: new Map() };
  private readonly request = new StunRequest();
  private readonly response = new StunResponse();
  private readonly clock: { now(): number };

  /** @param clock monotonic, in milliseconds */
  constructor({ clock }: { readonly clock: { now(): number } }) {
    this.clock = clock;
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
    if (account !== undefined && route !== undefined && route.port !== 0) this.answer(datagram, account, route);
  }

  private authenticated(bytes: Buffer): Account | undefined {
    const { request } = this;
    const ufrag = request.read(bytes) ? request.addressee(UFRAG_BYTES) : undefined;
    const account = ufrag === undefined ? undefined : this.books.accounts.get(ufrag);
    return account !== undefined && request.isSignedWith(account.credentials.hmac) ? account : undefined;
  }

  private answer({ bytes, socket }: Incoming, { agent, credentials }: Account, route: Route): void {
    const { request, response } = this;
    const { unknownTypes, claimsControlledRole, nominates } = request;
    const { hmac } = credentials;
    const isRefused = unknownTypes.length > 0 || claimsControlledRole;
    const answer = isRefused
      ? response.error(bytes, unknownTypes.length > 0 ? 420 : 487, unknownTypes, hmac)
      : response.success(bytes, route.sockaddr, hmac);
    // Whoever joined may forge the address of somebody else, at which we must not send more than it did itself. Every
    // request with what RFC 8445 demands (PRIORITY and ICE-CONTROLLING) is longer than its answer.
    if (answer.length > bytes.length) return;
    socket.send(answer, route);
    if (!isRefused) agent.checked(credentials, route, nominates, this.clock.now());
  }
}
