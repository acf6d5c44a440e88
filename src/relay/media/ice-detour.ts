import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import { StunMessage } from './stun/stun-message.js';

/** A browser comes from as many addresses as it has candidates that reach this port. */
const MAX_WAYS_PER_PEER = 8;

/** Where the engine waits for one peer, and the password that it signs with there. */
export interface DetourTarget {
  readonly iceUfrag: string;
  readonly icePwd: string;
  /** UDP port of the engine. */
  readonly port: number;
}

/** One address of a peer, and the socket that the engine knows it by. */
interface Way {
  readonly target: DetourTarget;
  readonly socket: Socket;
}

/**
 * A second UDP port, for peers whose ICE checks the engine would refuse: Chromium gives checks that go through a TURN
 * server over TCP or TLS the tie-breaker 0, which the engine takes for none at all and answers with an error
 * (github.com/paullouisageneau/libjuice/issues/355). Here it becomes 1 on its way; all else passes as it is. See ADR 0007.
 *
 * The port is open only while a peer needs it. Nothing is passed on, and nothing is kept, for an address from which
 * no check came that is signed with the password of such a peer. IPv4 only, as the TURN server is.
 */
export class IceDetour {
  private readonly targets = new Map<string, DetourTarget>();
  private readonly ways = new Map<string, Way>();
  private opening: Promise<Socket> | undefined;
  private front: Socket | undefined;

  /** @param requestedPort 0 for one that the system chooses */
  constructor(
    private readonly requestedPort: number,
    private readonly bindAddress: string | undefined,
  ) {}

  /**
   * Leads a peer's checks to the engine from now on. Resolves to the port for its answer, or to undefined when there is
   * none to be had.
   */
  async lead(target: DetourTarget): Promise<number | undefined> {
    if (this.bindAddress !== undefined && isIPv6(this.bindAddress)) return undefined;
    this.targets.set(target.iceUfrag, target);
    try {
      this.opening ??= this.open();
      return (await this.opening).address().port;
    } catch {
      this.opening = undefined;
      this.targets.delete(target.iceUfrag);
      return undefined;
    }
  }

  /** The peer is gone. */
  leave(iceUfrag: string): void {
    if (!this.targets.delete(iceUfrag)) return;
    for (const [source, way] of this.ways) {
      if (way.target.iceUfrag !== iceUfrag) continue;
      this.ways.delete(source);
      way.socket.close();
    }
    if (this.targets.size > 0) return;
    this.front?.close();
    this.front = undefined;
    this.opening = undefined;
  }

  close(): void {
    for (const iceUfrag of [...this.targets.keys()]) this.leave(iceUfrag);
  }

  private async open(): Promise<Socket> {
    const front = createSocket('udp4');
    front.bind({
      port: this.requestedPort,
      exclusive: true,
      ...(this.bindAddress === undefined ? {} : { address: this.bindAddress }),
    });
    await once(front, 'listening');
    if (this.targets.size === 0) {
      front.close();
      throw new Error('the peer was gone before the port was open');
    }
    front.on('error', ignore);
    front.on('message', (datagram, source) => this.inbound(datagram, source));
    this.front = front;
    return front;
  }

  private inbound(datagram: Buffer, source: RemoteInfo): void {
    const check = StunMessage.parse(datagram);
    const way = this.ways.get(keyOf(source)) ?? (check && this.wayFor(check, source));
    if (way === undefined) return;
    const mended = check?.kind === 'request' ? check.withTieBreaker(way.target.icePwd) : undefined;
    way.socket.send(mended ?? datagram, way.target.port, this.engineAddress);
  }

  private outbound(datagram: Buffer, { target }: Way, { address, port }: RemoteInfo): void {
    const answer = StunMessage.parse(datagram);
    // The engine sees the address of this process; the peer must learn its own.
    const mended = answer?.kind === 'success' ? answer.withMappedAddress(address, port, target.icePwd) : undefined;
    this.front?.send(mended ?? datagram, port, address);
  }

  private wayFor(check: StunMessage, source: RemoteInfo): Way | undefined {
    const target = check.kind === 'request' ? this.targets.get(check.addressee ?? '') : undefined;
    if (target === undefined || !check.isSignedWith(target.icePwd)) return undefined;
    if ([...this.ways.values()].filter((way) => way.target === target).length >= MAX_WAYS_PER_PEER) return undefined;
    const way: Way = { target, socket: createSocket('udp4') };
    way.socket.bind({ address: this.engineAddress });
    way.socket.on('error', ignore);
    way.socket.on('message', (datagram, { port }) => {
      if (port === target.port) this.outbound(datagram, way, source);
    });
    this.ways.set(keyOf(source), way);
    return way;
  }

  /** Where the engine can be reached from this machine. */
  private get engineAddress(): string {
    return this.bindAddress ?? '127.0.0.1';
  }
}

function keyOf({ address, port }: RemoteInfo): string {
  return `${address}:${port}`;
}

/** What a socket cannot send now is lost, as on any network. */
function ignore(): void {
  // Without a listener it would be an exception.
}
