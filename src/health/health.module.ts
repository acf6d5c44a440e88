import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { ProcessLoad } from '../process/process-load.js';
import { RelayModule } from '../relay/relay.module.js';
import { HealthController } from './health.controller.js';
import { ReadinessController } from './readiness.controller.js';
import { ReadinessService } from './readiness.service.js';

@Module({
  // The reasons are logged here, and once; Terminus would repeat them at every call.
  imports: [RelayModule, TerminusModule.forRoot({ logger: false })],
  controllers: [HealthController, ReadinessController],
  providers: [ReadinessService, ProcessLoad],
  exports: [ProcessLoad],
})
export class HealthModule {}
