import { SOCKETS } from '../native/sockets.js';
import { DgramSocket } from './dgram-socket.js';
import type { Inbox } from './inbox.js';
import { KernelSocket } from './kernel-socket.js';
import type { PortSocket, SocketCounters } from './udp-socket.js';

/** Each has memory of its own that is never given back to the system. */
export const MAX_SOCKETS = 16;
/** A minute: an address that comes back meanwhile finds its calls as they were. */
const LOOKS_UNTIL_CLOSED = 12;

const NONE: SocketCounters = { sent: 0, sendRefusals: 0, kernelDrops: 0 };

/** The sockets of one port, one for each local address. */
export class LocalSockets {
  private readonly sockets = new Map<string, PortSocket>();
  /** How often an address was looked for in vain. */
  private readonly missing = new Map<string, number>();
  private retired = NONE;
  private isClosed = false;

  constructor(
    private readonly inbox: Inbox,
    private readonly forceDgram: boolean,
  ) {}

  has(address: string): boolean {
    return this.sockets.has(address);
  }

  get isEmpty(): boolean {
    return this.sockets.size === 0;
  }

  /**
   * @param port 0 for one that the system chooses
   * @returns the port
   * @throws Error with a `code` when it cannot be bound
   */
  async open(address: string, port: number): Promise<number> {
    const calls = this.forceDgram ? undefined : SOCKETS;
    const socket =
      calls === undefined
        ? await DgramSocket.open(address, port, this.inbox)
        : new KernelSocket(calls, address, port, this.inbox);
    if (this.isClosed) socket.close();
    else this.sockets.set(address, socket);
    return socket.port;
  }

  /** Closes those whose addresses have been away for long. */
  notice(present: ReadonlySet<string>): void {
    for (const address of this.sockets.keys()) {
      const looks = present.has(address) ? 0 : (this.missing.get(address) ?? 0) + 1;
      this.missing.set(address, looks);
      if (looks > LOOKS_UNTIL_CLOSED) this.retire(address);
    }
  }

  /** Of one whose address is away, when there are as many as there may be. */
  makeRoom(): boolean {
    if (this.sockets.size < MAX_SOCKETS) return true;
    const away = [...this.sockets.keys()].find((address) => (this.missing.get(address) ?? 0) > 0);
    if (away !== undefined) this.retire(away);
    return away !== undefined;
  }

  drain(): void {
    for (const socket of this.sockets.values()) socket.drain();
  }

  /** With those of sockets that are closed. */
  counters(): SocketCounters {
    return [...this.sockets.values()].map((socket) => socket.counters()).reduce(sum, this.retired);
  }

  /** All; others may be opened. */
  clear(): void {
    for (const address of [...this.sockets.keys()]) this.retire(address);
  }

  /** All, and what is being opened. */
  close(): void {
    this.isClosed = true;
    this.clear();
  }

  private retire(address: string): void {
    const socket = this.sockets.get(address);
    this.sockets.delete(address);
    this.missing.delete(address);
    if (socket === undefined) return;
    socket.close();
    this.retired = sum(this.retired, socket.counters());
  }
}

function sum(one: SocketCounters, other: SocketCounters): SocketCounters {
  return {
    sent: one.sent + other.sent,
    sendRefusals: one.sendRefusals + other.sendRefusals,
    kernelDrops: one.kernelDrops + other.kernelDrops,
  };
}
