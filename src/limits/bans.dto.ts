import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import type { ErrorCode } from '../errors/app-error.js';
import type { Ban } from './ban-list.js';
import type { Fault, Offender } from './conduct.js';

/** A flood from many addresses must not become an answer of megabytes. */
const MAX_SHOWN = 200;

@ApiSchema({ name: 'Ban' })
export class BanDto {
  /** Names the ban in `DELETE /admin/bans/:id`. */
  readonly id: string;

  /** Of an IPv6 address its /64. Personal data. @example 203.0.113.7 */
  readonly address: string;

  /** What the client calls itself, which may be anything. */
  readonly userAgent: string | null;

  /** Which calls are refused. */
  readonly fault: Fault;

  /** The `code` that its last call was refused with. @example malformed_sdp */
  readonly reason: ErrorCode;

  @ApiProperty({ format: 'date-time' })
  readonly startedAt: string;

  /** A sound call ends it earlier. */
  @ApiProperty({ format: 'date-time' })
  readonly endsAt: string;

  /** Calls that it refused so far. */
  @ApiProperty({ type: 'integer' })
  readonly refusedCalls: number;

  constructor({ key, subject: { address, userAgent, fault, reason }, startedAt, durationMs, refused }: Ban<Offender>) {
    this.id = key;
    this.address = address;
    this.userAgent = userAgent ?? null;
    this.fault = fault;
    this.reason = reason;
    this.startedAt = startedAt.toISOString();
    this.endsAt = new Date(startedAt.getTime() + durationMs).toISOString();
    this.refusedCalls = refused;
  }
}

@ApiSchema({ name: 'Bans' })
export class BansDto {
  /** Of this moment, also those that are not listed. */
  @ApiProperty({ type: 'integer' })
  readonly total: number;

  @ApiProperty({ type: [BanDto], description: `The newest ${MAX_SHOWN}, newest first.` })
  readonly bans: readonly BanDto[];

  constructor(bans: readonly Ban<Offender>[]) {
    this.total = bans.length;
    this.bans = bans.slice(0, MAX_SHOWN).map((ban) => new BanDto(ban));
  }
}
