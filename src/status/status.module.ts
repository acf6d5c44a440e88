import { Module } from '@nestjs/common';
import { HealthModule } from '../health/health.module.js';
import { RelayModule } from '../relay/relay.module.js';
import { ListenerTally } from './listener-tally.js';
import { MaintenanceController } from './maintenance.controller.js';
import { StatusController } from './status.controller.js';
import { StatusService } from './status.service.js';

@Module({
  imports: [RelayModule, HealthModule],
  controllers: [StatusController, MaintenanceController],
  providers: [StatusService, ListenerTally],
})
export class StatusModule {}
