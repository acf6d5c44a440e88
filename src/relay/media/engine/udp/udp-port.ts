import { SOCKETS } from '../native/sockets.js';
import { DgramSocket } from './dgram-socket.js';
import type { Incoming } from './incoming.js';
import { Inbox } from './inbox.js';
import { KernelSocket } from './kernel-socket.js';
import { candidatesOf, localAddresses, type LocalAddress } from './local-addresses.js';
import type { PortSocket, SocketCounters } from './udp-socket.js';

const RESCAN_MS = 5_000;
/** A minute: an address that comes back meanwhile finds its calls as they were. */
const RESCANS_UNTIL_CLOSED = 12;
const MAX_SOCKETS = 16;
const TRIES = 20;

export interface UdpPortOptions {
  /** 0 for one that the system chooses. */
  readonly port: number;
  /** Of the only socket; undefined, `0.0.0.0` and `::` for a socket for each address of the machine. */
  readonly bindAddress: string | undefined;
  readonly onDatagram: (datagram: Incoming) => void;
  /** A handler threw, or an address that came later cannot be had. */
  readonly onError: (error: unknown) => void;
  /** As on systems that lack the calls of Linux. */
  readonly forceDgram?: boolean;
  readonly listAddresses?: () => readonly LocalAddress[];
  readonly rescanMs?: number;
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
 * asked (RFC 8445, 7.3). Addresses that come and go are followed.
 */
export class UdpPort {
  private readonly sockets = new Map<string, PortSocket>();
  private readonly inbox: Inbox;
  private readonly list: () => readonly LocalAddress[];
  private readonly missing = new Map<string, number>();
  private readonly told = new Set<string>();
  private candidates: readonly string[] = [];
  private retired: SocketCounters = { sent: 0, sendRefusals: 0, kernelDrops: 0 };
  private boundPort = 0;
  private timer: NodeJS.Timeout | undefined;
  private isScanning = false;
  private isClosed = false;

  private constructor(private readonly options: UdpPortOptions) {
    const { bindAddress, listAddresses = localAddresses } = options;
    this.inbox = new Inbox(options);
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

  /** Host candidates (RFC 8445, 5.1.1.1), IPv4 and IPv6: those of the last look at the machine. */
  addresses(): readonly string[] {
    return this.candidates.filter((address) => this.sockets.has(address));
  }

  get counters(): UdpCounters {
    const { received, truncated } = this.inbox;
    return {
      received,
      truncated,
      ...[...this.sockets.values()].map((socket) => socket.counters()).reduce(sum, this.retired),
    };
  }

  /** Hands on all that waits, at once; within a handler, puts it aside for the time after it. */
  drain(): void {
    for (const socket of this.sockets.values()) socket.receiveAll();
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    clearInterval(this.timer);
    this.closeSockets();
    this.inbox.close();
  }

  private async start(): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.openAll();
        break;
      } catch (error) {
        this.closeSockets();
        // The number that the system chose at one address may be taken at another.
        const mayBeFree = this.options.port === 0 && codeOf(error) === 'EADDRINUSE' && attempt < TRIES;
        if (!mayBeFree) throw cannotBind(this.boundPort, error);
      }
    }
    this.timer = setInterval(() => void this.rescan(), this.options.rescanMs ?? RESCAN_MS).unref();
  }

  private async openAll(): Promise<void> {
    this.boundPort = this.options.port;
    this.candidates = candidatesOf(this.list());
    let failure: unknown = new Error('this machine has no address');
    for (const address of this.candidates.slice(0, MAX_SOCKETS)) {
      try {
        await this.openAt(address);
      } catch (error) {
        failure = error;
        if (codeOf(error) === 'EADDRINUSE') throw error;
        this.tell(address, error);
      }
    }
    if (this.sockets.size === 0) throw failure;
  }

  private async openAt(address: string): Promise<void> {
    const calls = this.options.forceDgram === true ? undefined : SOCKETS;
    const socket =
      calls === undefined
        ? await DgramSocket.open(address, this.boundPort, this.inbox)
        : new KernelSocket(calls, address, this.boundPort, this.inbox);
    if (this.isClosed) {
      socket.close();
      return;
    }
    this.boundPort = socket.port;
    this.sockets.set(address, socket);
    this.told.delete(address);
  }

  private async rescan(): Promise<void> {
    if (this.isScanning) return;
    this.isScanning = true;
    try {
      const present = this.list();
      this.candidates = candidatesOf(present);
      this.closeVanished(new Set(present.map(({ address }) => address)));
      for (const address of this.candidates) await this.follow(address);
    } catch (error) {
      this.tell('', error);
    } finally {
      this.isScanning = false;
    }
  }

  /** What cannot be had now is tried again at the next look. */
  private async follow(address: string): Promise<void> {
    if (this.isClosed || this.sockets.has(address) || !this.makeRoom()) return;
    try {
      await this.openAt(address);
    } catch (error) {
      this.tell(address, error);
    }
  }

  private closeVanished(present: ReadonlySet<string>): void {
    for (const address of this.told) if (!present.has(address)) this.told.delete(address);
    for (const address of this.sockets.keys()) {
      const scans = present.has(address) ? 0 : (this.missing.get(address) ?? 0) + 1;
      this.missing.set(address, scans);
      if (scans > RESCANS_UNTIL_CLOSED) this.retire(address);
    }
  }

  /** Of what is gone, for what came. */
  private makeRoom(): boolean {
    if (this.sockets.size < MAX_SOCKETS) return true;
    const gone = [...this.sockets.keys()].find((address) => (this.missing.get(address) ?? 0) > 0);
    if (gone !== undefined) this.retire(gone);
    return gone !== undefined;
  }

  private retire(address: string): void {
    const socket = this.sockets.get(address);
    this.sockets.delete(address);
    this.missing.delete(address);
    if (socket === undefined) return;
    socket.close();
    this.retired = sum(this.retired, socket.counters());
  }

  private closeSockets(): void {
    for (const address of [...this.sockets.keys()]) this.retire(address);
  }

  private tell(address: string, error: unknown): void {
    if (this.told.has(address)) return;
    this.told.add(address);
    this.options.onError(cannotBind(this.boundPort, error));
  }
}

function sum(one: SocketCounters, other: SocketCounters): SocketCounters {
  return {
    sent: one.sent + other.sent,
    sendRefusals: one.sendRefusals + other.sendRefusals,
    kernelDrops: one.kernelDrops + other.kernelDrops,
  };
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

function cannotBind(port: number, cause: unknown): Error {
  const reason = codeOf(cause);
  return new Error(
    `UDP port ${port} cannot be bound (${reason}): end the program that uses it, or set MEDIA_UDP_PORT_BASE or MEDIA_BIND_ADDRESS`,
    { cause },
  );
}
