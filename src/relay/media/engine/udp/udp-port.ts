import { cannotBind, codeOf } from './cannot-bind.js';
import type { Incoming } from './incoming.js';
import { Inbox } from './inbox.js';
import { candidatesOf, localAddresses, type LocalAddress } from './local-addresses.js';
import { LocalSockets, MAX_SOCKETS } from './local-sockets.js';
import type { SocketCounters } from './udp-socket.js';

const LOOK_MS = 5_000;
const TRIES = 20;

export interface UdpPortOptions {
  /** 0 for one that the system chooses. */
  readonly port: number;
  /** Of the only socket; undefined, `0.0.0.0` and `::` for a socket for each address of the machine. */
  readonly bindAddress: string | undefined;
  readonly onDatagram: (datagram: Incoming) => void;
  /** A handler threw, or an address cannot be had for now. */
  readonly onError: (error: unknown) => void;
  /** As on systems that lack the calls of Linux. */
  readonly forceDgram?: boolean;
  /** Of the machine, looked at every `lookMs`. */
  readonly listAddresses?: () => readonly LocalAddress[];
  readonly lookMs?: number;
}

/** In datagrams, since the port was opened. */
export interface UdpCounters extends SocketCounters {
  /** Handed on. */
  readonly received: number;
  /** Dropped: larger than any that we expect. */
  readonly truncated: number;
}

/**
 * One UDP port at all addresses of the machine. Each has its own socket, so that an answer leaves from the address that was
 * asked: from any other it would fail the check (RFC 8445, 7.2.5.2.1). Addresses that come and go are followed.
 */
export class UdpPort {
  private readonly inbox: Inbox;
  private readonly sockets: LocalSockets;
  private readonly list: () => readonly LocalAddress[];
  private readonly told = new Set<string>();
  private candidates: readonly string[] = [];
  private boundPort = 0;
  private timer: NodeJS.Timeout | undefined;
  private isLooking = false;
  private isClosed = false;

  private constructor(private readonly options: UdpPortOptions) {
    const { bindAddress, forceDgram = false, listAddresses = localAddresses } = options;
    this.inbox = new Inbox(options);
    this.sockets = new LocalSockets(this.inbox, forceDgram);
    this.list =
      bindAddress === undefined || bindAddress === '0.0.0.0' || bindAddress === '::'
        ? listAddresses
        : () => [{ address: bindAddress, internal: false }];
  }

  /** @throws Error naming the port and what to do */
  static async open(options: UdpPortOptions): Promise<UdpPort> {
    const port = new UdpPort(options);
    await port.start();
    return port;
  }

  get port(): number {
    return this.boundPort;
  }

  /** Host candidates (RFC 8445, 5.1.1.1), IPv4 and IPv6, as of the last look at the machine. */
  addresses(): readonly string[] {
    return this.candidates.filter((address) => this.sockets.has(address));
  }

  get counters(): UdpCounters {
    const { received, truncated } = this.inbox;
    return { received, truncated, ...this.sockets.counters() };
  }

  /**
   * Takes what waits out of the kernel's buffers, which are small, into one of ours. Calls no handler: that is done once the
   * running one has returned. For between the batches of a long fan-out.
   */
  drain(): void {
    this.sockets.drain();
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    clearInterval(this.timer);
    this.sockets.close();
    this.inbox.close();
  }

  private async start(): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.openAll();
        break;
      } catch (error) {
        this.sockets.clear();
        // The number that the system chose at one address may be taken at another.
        const mayBeFree = this.options.port === 0 && codeOf(error) === 'EADDRINUSE' && attempt < TRIES;
        if (!mayBeFree) throw cannotBind(this.boundPort, error);
      }
    }
    this.timer = setInterval(() => void this.look(), this.options.lookMs ?? LOOK_MS).unref();
  }

  /** @throws Error when the port is taken anywhere, or no address can be had */
  private async openAll(): Promise<void> {
    this.boundPort = this.options.port;
    this.candidates = candidatesOf(this.list());
    const failures: [address: string, error: unknown][] = [];
    for (const address of this.candidates.slice(0, MAX_SOCKETS)) {
      try {
        this.boundPort = await this.sockets.open(address, this.boundPort);
      } catch (error) {
        if (codeOf(error) === 'EADDRINUSE') throw error;
        failures.push([address, error]);
      }
    }
    if (this.sockets.isEmpty) {
      const reasons = new Set(failures.map(([, error]) => codeOf(error)));
      throw new Error([...reasons].join(', ') || 'this machine has no address');
    }
    for (const [address, error] of failures) this.tell(address, cannotBind(this.boundPort, error));
  }

  private async look(): Promise<void> {
    if (this.isLooking) return;
    this.isLooking = true;
    try {
      const listed = this.list();
      const present = new Set(listed.map(({ address }) => address));
      this.candidates = candidatesOf(listed);
      this.sockets.notice(present);
      for (const address of this.told) if (!present.has(address)) this.told.delete(address);
      for (const address of this.candidates) await this.follow(address);
    } catch (error) {
      this.tell('the list', error);
    } finally {
      this.isLooking = false;
    }
  }

  /** What cannot be had now is tried again at the next look. */
  private async follow(address: string): Promise<void> {
    if (this.isClosed || this.sockets.has(address) || !this.sockets.makeRoom()) return;
    try {
      await this.sockets.open(address, this.boundPort);
      this.told.delete(address);
    } catch (error) {
      this.tell(address, cannotBind(this.boundPort, error));
    }
  }

  private tell(subject: string, error: unknown): void {
    if (this.told.has(subject)) return;
    this.told.add(subject);
    this.options.onError(error);
  }
}
