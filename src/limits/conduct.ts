import { createHash } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import { AuditLog } from '../audit/audit-log.js';
import type { BansConfig } from '../config/app-config.js';
import { InjectConfig } from '../config/config.module.js';
import type { ErrorCode } from '../errors/app-error.js';
import type { Caller } from '../http/caller.js';
import { addressKey } from './address-key.js';
import { BanList } from './ban-list.js';

/** What a client may be banned from: calls that need a token, or calls with a body. Each is earned on its own. */
export type Fault = 'credentials' | 'input';

interface Offender {
  readonly fault: Fault;
  readonly address: string;
  readonly userAgent: string | undefined;
}

/**
 * How clients behave. A client is an address with a user agent and, if it showed a valid token, the subject of that: so
 * one broken app bans no other, and nobody without a token bans anybody with one.
 */
@Injectable()
export class Conduct implements OnApplicationShutdown {
  private readonly logger = new Logger('Limits');
  private readonly bans: BanList<Offender>;

  constructor(@InjectConfig('bans') rules: BansConfig, audit: AuditLog) {
    this.bans = new BanList(rules);
    this.bans.events.on('started', ({ subject: { fault, ...client }, durationMs }) => {
      const durationSeconds = durationMs / 1_000;
      this.logger.warn({ ...client, fault, durationSeconds, msg: 'ban started' });
      audit.record({ event: 'ban.started', ...client, reason: fault, durationSeconds });
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
    return this.bans.knock(keyOf(fault, caller));
  }

  failed(fault: Fault, caller: Caller, reason: ErrorCode): void {
    const { address, userAgent, requestId } = caller;
    this.logger.warn({ address, userAgent, requestId, reason, msg: 'suspicious call' });
    this.bans.failed(keyOf(fault, caller), { fault, address: addressKey(address), userAgent });
  }

  succeeded(fault: Fault, caller: Caller): void {
    if (this.bans.size > 0) this.bans.succeeded(keyOf(fault, caller));
  }

  onApplicationShutdown(): void {
    this.bans.close();
  }
}

/** Hashed, because user agents and subjects may be long and memory is bounded. */
function keyOf(fault: Fault, { address, userAgent, actor }: Caller): string {
  const client = JSON.stringify([userAgent, actor?.kid, actor?.sub]);
  return `${fault} ${addressKey(address)} ${createHash('sha256').update(client).digest('base64url').slice(0, 16)}`;
}
