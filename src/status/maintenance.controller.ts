import { Body, Controller, HttpCode, Logger, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Audited } from '../audit/audited.js';
import type { AuditEvent } from '../audit/audit-events.js';
import { Roles } from '../auth/access.js';
import { ApiProblems } from '../http/api-docs.js';
import type { Caller } from '../http/caller.js';
import { RelayRegistry } from '../relay/relay-registry.js';
import { MaintenanceDto } from './maintenance.dto.js';

function maintenanceChanged({ draining }: MaintenanceDto, caller: Caller): AuditEvent {
  return { event: draining ? 'maintenance.started' : 'maintenance.ended', ...caller };
}

/** Before a restart: nothing new begins, and what is on the air ends in its own time. Lasts until the restart. */
@ApiTags('operation')
@Controller('maintenance')
export class MaintenanceController {
  private readonly logger = new Logger(MaintenanceController.name);

  constructor(private readonly relay: RelayRegistry) {}

  @Post()
  @HttpCode(200)
  @Roles('admin')
  @Audited(maintenanceChanged)
  @ApiBearerAuth()
  @ApiOperation({ summary: 'Refuse new broadcasts before maintenance, or take them again' })
  @ApiOkResponse({ type: MaintenanceDto, description: 'What holds from now on.' })
  @ApiProblems({
    400: 'The body is malformed.',
    401: 'No token, or one that is not valid.',
    403: 'The token is not that of an admin.',
  })
  change(@Body() maintenance: MaintenanceDto): MaintenanceDto {
    const { draining } = maintenance;
    this.relay.setDraining(draining);
    this.logger.log(draining ? 'maintenance: no new broadcast begins' : 'maintenance is over');
    return maintenance;
  }
}
