import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Audited } from '../audit/audited.js';
import { Access } from '../auth/access.js';
import { StatusDto, type Status } from './status.dto.js';
import { StatusService } from './status.service.js';

@ApiTags('operation')
@Controller('status')
export class StatusController {
  constructor(private readonly status: StatusService) {}

  @Get()
  @Access({ roles: ['admin'], openTo: 'status addresses' })
  @Audited(() => ({ event: 'status.read' }))
  @ApiOperation({ summary: 'What is broadcast, who hears it, and how the server is' })
  @ApiOkResponse({ type: StatusDto })
  read(): Status {
    return this.status.read();
  }
}
