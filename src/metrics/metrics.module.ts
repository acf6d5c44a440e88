import { Module } from '@nestjs/common';
import { RelayModule } from '../relay/relay.module.js';
import { MetricsAccessGuard } from './metrics-access.guard.js';
import { MetricsController } from './metrics.controller.js';
import { RelayMetrics } from './relay-metrics.js';

@Module({
  imports: [RelayModule],
  controllers: [MetricsController],
  providers: [RelayMetrics, MetricsAccessGuard],
  exports: [RelayMetrics],
})
export class MetricsModule {}
