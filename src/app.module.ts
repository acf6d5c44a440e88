import { Module, type DynamicModule, type MiddlewareConsumer, type NestModule } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { ServeStaticModule } from '@nestjs/serve-static';
import { LoggerModule } from 'nestjs-pino';
import { AuditModule } from './audit/audit.module.js';
import { AuthModule } from './auth/auth.module.js';
import { TokenController } from './auth/token.controller.js';
import { BroadcastController } from './broadcast/broadcast.controller.js';
import { BroadcastModule } from './broadcast/broadcast.module.js';
import type { AppConfig } from './config/app-config.js';
import { ConfigModule } from './config/config.module.js';
import { SecretsService } from './config/secrets.js';
import { ConsumerController } from './consumer/consumer.controller.js';
import { ConsumerModule } from './consumer/consumer.module.js';
import { ProblemFilter } from './errors/problem.filter.js';
import { HealthModule } from './health/health.module.js';
import { requestBody } from './http/request-body.js';
import { staticPages } from './http/static-pages.js';
import { validationPipe } from './http/validation.pipe.js';
import { IceController } from './ice/ice.controller.js';
import { IceModule } from './ice/ice.module.js';
import { BansController } from './limits/bans.controller.js';
import { BansModule } from './limits/bans.module.js';
import { CallLimitMiddleware } from './limits/call-limit.middleware.js';
import { ConductMiddleware } from './limits/conduct.middleware.js';
import { RatesModule } from './limits/rates.module.js';
import { AppLogger } from './logging/app-logger.js';
import { logParams } from './logging/log-params.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { RefusalMiddleware } from './metrics/refusal.metrics.js';
import { MaintenanceController } from './status/maintenance.controller.js';
import { StatusController } from './status/status.controller.js';
import { StatusModule } from './status/status.module.js';

@Module({})
export class AppModule implements NestModule {
  static forRoot(config: AppConfig): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.forRoot(config),
        LoggerModule.forRootAsync({
          inject: [SecretsService],
          useFactory: (secrets: SecretsService) => logParams(config.environment, config.log.level, secrets),
        }),
        ServeStaticModule.forRoot(staticPages),
        AuditModule,
        // Guards stand in the order of their modules: who is banned need not show a token, and who calls is known before
        // calls are counted.
        BansModule,
        AuthModule,
        RatesModule,
        BroadcastModule,
        ConsumerModule,
        IceModule,
        HealthModule,
        MetricsModule,
        StatusModule,
      ],
      providers: [
        AppLogger,
        { provide: APP_FILTER, useClass: ProblemFilter },
        { provide: APP_PIPE, useFactory: validationPipe },
      ],
    };
  }

  /** Bodies are read after the request got its id and its log line, so that a bad one has both, and was counted. */
  configure(consumer: MiddlewareConsumer): void {
    const withBody = [BroadcastController, ConsumerController, TokenController, MaintenanceController];
    const withoutBody = [IceController, StatusController, BansController];
    consumer.apply(RefusalMiddleware, CallLimitMiddleware, ConductMiddleware).forRoutes(...withBody, ...withoutBody);
    consumer.apply(...requestBody).forRoutes(...withBody);
  }
}
