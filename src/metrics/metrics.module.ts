import { Module, type OnModuleDestroy } from '@nestjs/common';
import { InjectMetric, PrometheusModule } from '@willsoto/nestjs-prometheus';
import { register, type Gauge } from 'prom-client';
import { RelayModule } from '../relay/relay.module.js';
import { broadcastMetrics } from './broadcast.metrics.js';
import { joinMetrics } from './join.metrics.js';
import { logMetric } from './log.metrics.js';
import { MetricsController } from './metrics.controller.js';
import { refusalMetric } from './refusal.metrics.js';
import { workerMetrics } from './worker.metrics.js';

/** There is one register for the process: the application that came last has it, until it stops. */
@Module({
  imports: [
    RelayModule,
    PrometheusModule.registerAsync({
      controller: MetricsController,
      useFactory: () => {
        register.clear();
        return {};
      },
    }),
  ],
  providers: [...broadcastMetrics, ...joinMetrics, ...workerMetrics, refusalMetric, logMetric],
  exports: [refusalMetric],
})
export class MetricsModule implements OnModuleDestroy {
  constructor(@InjectMetric('azaan_draining') private readonly draining: Gauge) {}

  onModuleDestroy(): void {
    if (register.getSingleMetric('azaan_draining') === this.draining) register.clear();
  }
}
