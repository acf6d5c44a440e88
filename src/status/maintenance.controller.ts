import { Body, Controller, HttpCode, Logger, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Audited } from '../audit/audited.js';
import { Access } from '../auth/access.js';
import { ApiProblems } from '../http/api-docs.js';
import { RelayRegistry } from '../relay/relay-registry.js';
import { MaintenanceDto } from './maintenance.dto.js';

/** Before a restart: nothing new begins, and what is on the air ends in its own time. Lasts until the restart. */
@ApiTags('operation')
@Controller('maintenance')
export class MaintenanceController {
  private readonly logger = new Logger(MaintenanceController.name);

  constructor(private readonly relay: RelayRegistry) {}

  @Post()
  @HttpCode(200)
  @Access({ roles: ['admin'] })
  @Audited(({ draining }: MaintenanceDto) => ({ event: draining ? 'maintenance.started' : 'maintenance.ended' }))
  @ApiOperation({ summary: 'Refuse new broadcasts before maintenance, or take them again' })
  @ApiOkResponse({ type: MaintenanceDto, description: 'What holds from now on.' })
  @ApiProblems({ 400: 'The body is malformed.' })
  change(@Body() maintenance: MaintenanceDto): MaintenanceDto {
    const { draining } = maintenance;
    this.relay.setDraining(draining);
    this.logger.log(draining ? 'maintenance: no new broadcast begins' : 'maintenance is over');
    return maintenance;
  }
}
