import { SOCKETS } from '../native/sockets.js';
import { DgramSocket } from './dgram-socket.js';
import type { Incoming } from './incoming.js';
import { KernelSocket } from './kernel-socket.js';
import { candidatesOf, localAddresses, type LocalAddress } from './local-addresses.js';
import type { LocalSocket, SocketOwner, UdpCounters } from './local-socket.js';
import { handOnLater } from './receive-queue.js';

const LOOK_MS = 5_000;
/** A minute: an address that comes back meanwhile finds its calls as they were. */
const LOOKS_UNTIL_CLOSED = 12;
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

/**
 * One UDP port at all addresses of the machine. Each has its own socket, so that an answer leaves from the address that was
 * asked: from any other it would fail the check (RFC 8445, 7.2.5.2.1). Addresses that come and go are followed.
 */
export class UdpPort {
  private readonly sockets = new Map<string, LocalSocket>();
  /** How often the address of a socket was looked for in vain. */
  private readonly missing = new Map<string, number>();
  /** Of what an error was told already. */
  private readonly told = new Set<string>();
  private readonly owner: SocketOwner;
  private candidates: readonly string[] = [];
  private boundPort = 0;
  private timer: NodeJS.Timeout | undefined;
  private isLooking = false;
  private isClosed = false;

  private constructor(private readonly options: UdpPortOptions) {
    const counters = { received: 0, truncated: 0, sent: 0, sendRefusals: 0, kernelDrops: 0 };
    this.owner = { onDatagram: options.onDatagram, onError: options.onError, counters };
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

  get counters(): Readonly<UdpCounters> {
    const { counters } = this.owner;
    const drops = [...this.sockets.values()].map((socket) => socket.kernelDrops());
    return { ...counters, kernelDrops: drops.reduce((sum, count) => sum + count, counters.kernelDrops) };
  }

  /**
   * Takes what waits out of the kernel's buffers, which are small, into our queue. Calls no handler: that is done once the
   * running one has returned. For between the batches of a long fan-out.
   */
  drain(): void {
    for (const socket of this.sockets.values()) while (socket.read(Infinity) > 0);
    handOnLater();
  }

  close(): void {
    this.isClosed = true;
    clearInterval(this.timer);
    for (const address of this.sockets.keys()) this.closeSocket(address);
  }

  private async start(): Promise<void> {
    const { port, lookMs = LOOK_MS } = this.options;
    for (let attempt = 1; ; attempt += 1) {
      this.boundPort = port;
      this.candidates = candidatesOf(this.list());
      const failures = [...(await this.openNew())];
      const taken = failures.find(([, error]) => codeOf(error) === 'EADDRINUSE');
      if (this.sockets.size > 0 && taken === undefined) {
        for (const [address, error] of failures) this.tell(address, error);
        break;
      }
      for (const address of this.sockets.keys()) this.closeSocket(address);
      // The number that the system chose at one address may be taken at another.
      if (port === 0 && taken !== undefined && attempt < TRIES) continue;
      const [, error] = taken ?? failures[0] ?? ['', new Error('this machine has no address')];
      throw cannotBind(this.boundPort, error);
    }
    this.timer = setInterval(() => void this.look(), lookMs).unref();
  }

  /** @returns for each address that could not be had, why */
  private async openNew(): Promise<Map<string, unknown>> {
    const failures = new Map<string, unknown>();
    const calls = this.options.forceDgram === true ? undefined : SOCKETS;
    for (const address of this.candidates) {
      if (this.isClosed || this.sockets.has(address)) continue;
      try {
        const socket =
          calls === undefined
            ? await DgramSocket.open(address, this.boundPort, this.owner)
            : KernelSocket.open(calls, address, this.boundPort, this.owner);
        this.boundPort = socket.port;
        this.sockets.set(address, socket);
      } catch (error) {
        failures.set(address, error);
      }
    }
    // It may have been closed while a socket was opened.
    if (this.isClosed) this.close();
    return failures;
  }

  /** What cannot be had now is tried again at the next look. */
  private async look(): Promise<void> {
    if (this.isLooking) return;
    this.isLooking = true;
    try {
      const listed = this.list();
      this.candidates = candidatesOf(listed);
      for (const address of this.sockets.keys()) {
        const isThere = listed.some((local) => local.address === address);
        const looks = isThere ? 0 : (this.missing.get(address) ?? 0) + 1;
        this.missing.set(address, looks);
        if (looks > LOOKS_UNTIL_CLOSED) this.closeSocket(address);
      }
      for (const [address, error] of await this.openNew()) this.tell(address, error);
    } catch (error) {
      // The system does not tell its addresses: those that we have stay.
      this.options.onError(error);
    } finally {
      this.isLooking = false;
    }
  }

  private list(): readonly LocalAddress[] {
    const { bindAddress, listAddresses = localAddresses } = this.options;
    const isEverywhere = bindAddress === undefined || bindAddress === '0.0.0.0' || bindAddress === '::';
    return isEverywhere ? listAddresses() : [{ address: bindAddress, internal: false }];
  }

  private closeSocket(address: string): void {
    this.sockets.get(address)?.close();
    this.sockets.delete(address);
    this.missing.delete(address);
  }

  /** Once. */
  private tell(address: string, error: unknown): void {
    if (this.told.has(address)) return;
    this.told.add(address);
    this.options.onError(cannotBind(this.boundPort, error));
  }
}

/** What to tell whoever runs the relay. */
function cannotBind(port: number, cause: unknown): Error {
  const reason = codeOf(cause);
  const advice =
    reason === 'EADDRNOTAVAIL'
      ? 'set MEDIA_BIND_ADDRESS to an address of this machine'
      : 'end the program that uses it, or set MEDIA_UDP_PORT_BASE or MEDIA_BIND_ADDRESS';
  return new Error(`UDP port ${port} cannot be bound (${reason}): ${advice}`, { cause });
}

/** The `code` of a system error, the words of others. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error ? String(error.code) : error.message;
}
