import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import type { ErrorCode } from '../errors/app-error.js';
import type { Ban } from './ban-list.js';
import type { Fault, Offender } from './conduct.js';

/** A flood from many addresses must not become an answer of megabytes. */
const MAX_SHOWN = 200;

@ApiSchema({ name: 'Ban' })
export class BanDto {
  @ApiProperty({ description: 'Names the ban in `DELETE /admin/bans/:id`.' })
  readonly id: string;

  @ApiProperty({ description: 'Of an IPv6 address its /64. Personal data.', example: '203.0.113.7' })
  readonly address: string;

  @ApiProperty({ type: String, nullable: true, description: 'What the client calls itself, which may be anything.' })
  readonly userAgent: string | null;

  @ApiProperty({ type: String, enum: ['credentials', 'input'], description: 'Which calls are refused.' })
  readonly fault: Fault;

  @ApiProperty({
    type: String,
    description: 'The `code` that its last call was refused with.',
    example: 'malformed_sdp',
  })
  readonly reason: ErrorCode;

  @ApiProperty({ type: String, format: 'date-time' })
  readonly startedAt: string;

  @ApiProperty({ type: String, format: 'date-time', description: 'A sound call ends it earlier.' })
  readonly endsAt: string;

  @ApiProperty({ type: 'integer', description: 'Calls that it refused so far.' })
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
  @ApiProperty({ type: 'integer', description: 'Of this moment, also those that are not listed.' })
  readonly total: number;

  @ApiProperty({ type: [BanDto], description: `The newest ${MAX_SHOWN}, newest first.` })
  readonly bans: readonly BanDto[];

  constructor(bans: readonly Ban<Offender>[]) {
    this.total = bans.length;
    this.bans = bans.slice(0, MAX_SHOWN).map((ban) => new BanDto(ban));
  }
}
