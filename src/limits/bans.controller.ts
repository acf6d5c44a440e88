import { Controller, Delete, Get, HttpCode, Param } from '@nestjs/common';
import { ApiNoContentResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Audited, type CallEvent } from '../audit/audited.js';
import { Access } from '../auth/access.js';
import { AppError, MalformedRequestError } from '../errors/app-error.js';
import { ApiProblems } from '../http/api-docs.js';
import type { Ban } from './ban-list.js';
import { BansDto } from './bans.dto.js';
import { Conduct, KEY_LENGTH, type Offender } from './conduct.js';

const BAN_ID = new RegExp(`^[\\w-]{${KEY_LENGTH}}$`);

function banLifted({ subject: { address, userAgent } }: Ban<Offender>): CallEvent {
  return { event: 'ban.lifted', bannedAddress: address, bannedUserAgent: userAgent };
}

/** Addresses of people are in it, which `/status` leaves out: it is for admins, wherever they call from, and never for machines. */
@ApiTags('operation')
@Controller('admin/bans')
export class BansController {
  constructor(private readonly conduct: Conduct) {}

  @Get()
  @Access({ roles: ['admin'] })
  @Audited(() => ({ event: 'bans.read' }))
  @ApiOperation({ summary: 'Who is banned, why, and until when' })
  list(): BansDto {
    return new BansDto(this.conduct.banned());
  }

  /** @returns for the audit log: an answer without content sends nothing of it */
  @Delete(':id')
  @HttpCode(204)
  @Access({ roles: ['admin'] })
  @Audited(banLifted)
  @ApiOperation({ summary: 'End a ban before its time, and forget what its client did' })
  @ApiNoContentResponse({ description: 'The client is let in again.' })
  @ApiProblems({ 400: 'That is no name of a ban.', 404: 'There is no such ban any more.' })
  lift(@Param('id') id: string): Ban<Offender> {
    if (!BAN_ID.test(id)) throw new MalformedRequestError('That is not the id of a ban.');
    const ban = this.conduct.lift(id);
    if (ban === undefined) throw new AppError('not_found', 'This ban is over already.');
    return ban;
  }
}
