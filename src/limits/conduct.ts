import { createHash } from 'node:crypto';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { AuditLog } from '../audit/audit-log.js';
import { addressKey } from '../caller/address-key.js';
import type { Caller } from '../caller/caller.js';
import type { BansConfig } from '../config/app-config.js';
import { InjectConfig } from '../config/config.module.js';
import type { ErrorCode } from '../errors/app-error.js';
import { BanList, type Ban } from './ban-list.js';
import { RefusalLog } from './refusal-log.js';

/** What a client may be banned from: calls that need a token, or calls with a body. Each is earned on its own. */
export type Fault = 'credentials' | 'input';

/** Of base64url: 132 bits, so that no client can be made to share the key of another. */
export const KEY_LENGTH = 22;

/** A client as it is told of. */
export interface Offender {
  readonly fault: Fault;
  /** Of an IPv6 address its /64. */
  readonly address: string;
  readonly userAgent: string | undefined;
  /** Why its last call was refused. */
  readonly reason: ErrorCode;
}

/**
 * How clients behave. A client is an address with a user agent and, if it showed a valid token, the subject of that: so
 * one broken app bans no other, and nobody without a token bans anybody with one.
 */
@Injectable()
export class Conduct implements OnApplicationShutdown {
  private readonly logger = new Logger('Limits');
  private readonly bans: BanList<Offender>;
  private readonly refusals = new RefusalLog();

  constructor(@InjectConfig('bans') rules: BansConfig, audit: AuditLog) {
    this.bans = new BanList(rules);
    this.bans.events.on('started', ({ subject: { fault, address, userAgent }, durationMs }) => {
      const durationSeconds = durationMs / 1_000;
      this.logger.warn({ address, userAgent, fault, durationSeconds, msg: 'ban started' });
      audit.record({ event: 'ban.started', address, userAgent, reason: fault, durationSeconds });
    });
    this.bans.events.on('ended', ({ subject: { address, userAgent, fault }, refused }, how) => {
      this.logger.log({ address, userAgent, fault, refused, how, msg: 'ban ended' });
      audit.record({ event: 'ban.ended', address });
    });
  }

  /** Whether anybody at all is banned: seldom, so that nothing else needs to be looked at. */
  get anyBans(): boolean {
    return this.bans.banned > 0;
  }

  /** Asks to be let in in spite of a ban. Milliseconds until it is worth asking again; 0 lets this call in. */
  knock(fault: Fault, caller: Caller): number {
    const key = keyOf(fault, caller);
    const waitMs = this.bans.knock(key);
    const { address, userAgent, masjidId } = caller;
    if (waitMs > 0) this.refusals.bannedCall(key, { fault, address: addressKey(address), userAgent, masjidId });
    return waitMs;
  }

  failed(fault: Fault, caller: Caller, reason: ErrorCode): void {
    const { address, userAgent, requestId } = caller;
    this.logger.warn({ address, userAgent, requestId, reason, msg: 'suspicious call' });
    this.bans.failed(keyOf(fault, caller), { fault, address: addressKey(address), userAgent, reason });
  }

  succeeded(fault: Fault, caller: Caller): void {
    if (this.bans.size > 0) this.bans.succeeded(keyOf(fault, caller));
  }

  /** Who is banned at this moment, the newest first. */
  banned(): readonly Ban<Offender>[] {
    return this.bans.current();
  }

  /** Lets a client in again. @param id the `key` of its ban @returns the ban; undefined when there is none */
  lift(id: string): Ban<Offender> | undefined {
    return this.bans.lift(id);
  }

  onApplicationShutdown(): void {
    this.bans.close();
  }
}

/** Hashed, because user agents and subjects may be long and memory is bounded; and a ban is named by it in addresses. */
function keyOf(fault: Fault, { address, userAgent, actor }: Caller): string {
  const client = JSON.stringify([fault, addressKey(address), userAgent, actor?.kid, actor?.sub]);
  return createHash('sha256').update(client).digest('base64url').slice(0, KEY_LENGTH);
}
