import { Controller, Delete, Get, Header, HttpCode, Param } from '@nestjs/common';
import { ApiBearerAuth, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AuditLog } from '../audit/audit-log.js';
import { Audited } from '../audit/audited.js';
import type { AuditEvent } from '../audit/audit-events.js';
import { Roles } from '../auth/access.js';
import { FromCaller } from '../caller/caller.js';
import type { Caller } from '../caller/caller.js';
import { MalformedRequestError, NotFoundError } from '../errors/app-error.js';
import { ApiProblems } from '../http/api-docs.js';
import { BansDto } from './bans.dto.js';
import { Conduct, KEY_LENGTH } from './conduct.js';

const BAN_ID = new RegExp(`^[\\w-]{${KEY_LENGTH}}$`);

const REFUSALS = {
  401: 'No token, or one that is not valid.',
  403: 'The token is not that of an admin.',
};

function bansRead(_bans: BansDto, caller: Caller): AuditEvent {
  return { event: 'bans.read', ...caller };
}

/** Addresses of people are in it, which `/status` leaves out: it is for admins, wherever they call from, and never for machines. */
@ApiTags('operation')
@Controller('admin/bans')
@Roles('admin')
export class BansController {
  constructor(
    private readonly conduct: Conduct,
    private readonly audit: AuditLog,
  ) {}

  @Get()
  @Audited(bansRead)
  @Header('Cache-Control', 'no-store')
  @ApiBearerAuth()
  @ApiOperation({ summary: 'Who is banned, why, and until when' })
  @ApiOkResponse({ type: BansDto })
  @ApiProblems(REFUSALS)
  list(): BansDto {
    return new BansDto(this.conduct.banned());
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiBearerAuth()
  @ApiOperation({ summary: 'End a ban before its time, and forget what its client did' })
  @ApiNoContentResponse({ description: 'The client is let in again.' })
  @ApiProblems({ 400: 'That is no name of a ban.', ...REFUSALS, 404: 'There is no such ban any more.' })
  lift(@Param('id') id: string, @FromCaller() caller: Caller): void {
    if (!BAN_ID.test(id)) throw new MalformedRequestError('That is not the id of a ban.');
    const ban = this.conduct.lift(id);
    if (ban === undefined) throw new NotFoundError('This ban is over already.');
    const { address: bannedAddress, userAgent: bannedUserAgent } = ban.subject;
    this.audit.record({ event: 'ban.lifted', ...caller, bannedAddress, bannedUserAgent });
  }
}
