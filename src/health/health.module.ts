import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { ProcessLoad } from '../process/process-load.js';
import { RelayModule } from '../relay/relay.module.js';
import { HealthController } from './health.controller.js';
import { MachineHealthIndicator } from './machine.health.js';
import { ReadinessService } from './readiness.service.js';
import { RelayHealthIndicator } from './relay.health.js';
import { TurnHealthIndicator } from './turn.health.js';

@Module({
  imports: [RelayModule, TerminusModule],
  controllers: [HealthController],
  providers: [ReadinessService, RelayHealthIndicator, MachineHealthIndicator, TurnHealthIndicator, ProcessLoad],
  exports: [ProcessLoad],
})
export class HealthModule {}
