import { EventEmitter } from 'node:events';
import type { BansConfig } from '../config/app-config.js';
import { RecentMap } from './recent-map.js';

/** Some 400 bytes each. */
const MAX_CLIENTS = 10_000;
/** While banned, one call this often is let in, to see whether the client has come to its senses. */
const TRY_EVERY_MS = 10_000;
/** Failures count together for this long. */
const WINDOW_MS = 60_000;
/** After this long without a failure, the next ban is as short as the first. */
const FORGET_AFTER_MS = 3_600_000;

/** How a ban ended: its time was over, a call was sound, an admin lifted it, the list was full, the server stopped. */
export type BanEnd = 'expired' | 'sound_call' | 'lifted' | 'forgotten' | 'shutdown';

export interface Ban<Subject> {
  /** The key of the client. */
  readonly key: string;
  readonly subject: Subject;
  readonly startedAt: Date;
  readonly durationMs: number;
  /** Calls that it refused so far. */
  refused: number;
}

interface BanEvents<Subject> {
  started: [ban: Ban<Subject>];
  ended: [ban: Ban<Subject>, how: BanEnd];
}

interface Client<Subject> {
  failures: number;
  windowStartedMs: number;
  lastFailureMs: number;
  /** Bans so far, which make the next one longer. */
  bans: number;
  current?: {
    readonly ban: Ban<Subject>;
    readonly endsAtMs: number;
    nextTryMs: number;
    readonly timer: NodeJS.Timeout;
  };
}

/**
 * Clients that failed again and again. A ban is never for good, and a sound call ends it: behind one address and one
 * kind of app there may be a hundred healthy devices beside the broken one.
 */
export class BanList<Subject> {
  readonly events = new EventEmitter<BanEvents<Subject>>();
  private bannedCount = 0;
  private readonly clients = new RecentMap<string, Client<Subject>>(MAX_CLIENTS, (client) => {
    this.end(client, 'forgotten');
  });

  constructor(
    private readonly rules: BansConfig,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  /** Clients that are remembered, banned or not. */
  get size(): number {
    return this.clients.size;
  }

  /** Clients that are banned at this moment. */
  get banned(): number {
    return this.bannedCount;
  }

  /** Asks to be let in. Milliseconds until it is worth asking again; 0 lets this call in. */
  knock(key: string): number {
    const current = this.clients.get(key)?.current;
    if (current === undefined) return 0;
    const now = this.nowMs();
    if (now >= current.nextTryMs) {
      current.nextTryMs = now + TRY_EVERY_MS;
      return 0;
    }
    current.ban.refused += 1;
    return Math.max(1, Math.min(current.nextTryMs, current.endsAtMs) - now);
  }

  failed(key: string, subject: Subject): void {
    const now = this.nowMs();
    const client = this.clients.get(key) ?? { failures: 0, windowStartedMs: now, lastFailureMs: now, bans: 0 };
    // Calls that were under way when the ban began belong to the failures that began it.
    if (client.current !== undefined) return;
    if (now - client.lastFailureMs > FORGET_AFTER_MS) client.bans = 0;
    if (now - client.windowStartedMs > WINDOW_MS) {
      client.failures = 0;
      client.windowStartedMs = now;
    }
    client.failures += 1;
    client.lastFailureMs = now;
    this.clients.set(key, client);
    if (client.failures >= this.rules.afterFailures) this.ban(key, client, subject, now);
  }

  /** Forgets what a client did, and ends its ban. */
  succeeded(key: string): void {
    this.forget(key, 'sound_call');
  }

  /** The bans of this moment, the one that began last first. */
  current(): Ban<Subject>[] {
    if (this.bannedCount === 0) return [];
    const bans = [...this.clients.values()].flatMap(({ current }) => current?.ban ?? []);
    return bans.reverse();
  }

  /** Ends a ban before its time, and forgets what its client did. @returns the ban; undefined when there is none */
  lift(key: string): Ban<Subject> | undefined {
    const ban = this.clients.get(key)?.current?.ban;
    if (ban !== undefined) this.forget(key, 'lifted');
    return ban;
  }

  close(): void {
    for (const client of this.clients.values()) this.end(client, 'shutdown');
    this.clients.clear();
  }

  private forget(key: string, how: BanEnd): void {
    const client = this.clients.get(key);
    if (client === undefined) return;
    this.clients.delete(key);
    this.end(client, how);
  }

  private ban(key: string, client: Client<Subject>, subject: Subject, now: number): void {
    const { firstMs, longestMs } = this.rules;
    const durationMs = Math.min(firstMs * 2 ** client.bans, longestMs);
    client.bans += 1;
    client.failures = 0;
    const timer = setTimeout(() => this.end(client, 'expired'), durationMs).unref();
    const ban = { key, subject, startedAt: new Date(), durationMs, refused: 0 };
    client.current = { ban, endsAtMs: now + durationMs, nextTryMs: now + TRY_EVERY_MS, timer };
    this.bannedCount += 1;
    this.events.emit('started', ban);
  }

  private end(client: Client<Subject>, how: BanEnd): void {
    if (client.current === undefined) return;
    const { ban, timer } = client.current;
    clearTimeout(timer);
    delete client.current;
    this.bannedCount -= 1;
    this.events.emit('ended', ban, how);
  }
}
