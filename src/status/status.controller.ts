import { Controller, Get, Header } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Audited } from '../audit/audited.js';
import type { AuditEvent } from '../audit/audit-events.js';
import { OpenToStatusAddresses, Roles } from '../auth/access.js';
import { ApiProblems } from '../http/api-docs.js';
import type { Caller } from '../http/caller.js';
import { StatusDto } from './status.dto.js';
import type { Status } from './status.dto.js';
import { StatusService } from './status.service.js';

function statusRead(_status: Status, caller: Caller): AuditEvent {
  return { event: 'status.read', ...caller };
}

@ApiTags('operation')
@Controller('status')
export class StatusController {
  constructor(private readonly status: StatusService) {}

  @Get()
  @Roles('admin')
  @OpenToStatusAddresses()
  @Audited(statusRead)
  @Header('Cache-Control', 'no-store')
  @ApiBearerAuth()
  @ApiOperation({ summary: 'What is broadcast, who hears it, and how the server is' })
  @ApiOkResponse({ type: StatusDto })
  @ApiProblems({
    401: 'No token that is valid, and the address is not in STATUS_ALLOW_IPS.',
    403: 'The token is not that of an admin.',
  })
  read(): Status {
    return this.status.read();
  }
}
