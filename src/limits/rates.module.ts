import { Module, type ExecutionContext } from '@nestjs/common';
import { APP_GUARD, Reflector } from '@nestjs/core';
import { ThrottlerModule, type ThrottlerModuleOptions } from '@nestjs/throttler';
import { declaredAccess, type Bucket } from '../auth/access.js';
import { callerOf, type ActingRequest } from '../caller/caller.js';
import type { RatesConfig } from '../config/app-config.js';
import { configToken } from '../config/config.module.js';
import { RelayModule } from '../relay/relay.module.js';
import { RelayRegistry } from '../relay/relay-registry.js';
import { RateBuckets } from './rate-buckets.js';
import { RateLimitGuard } from './rate-limit.guard.js';
import { RefusalLog } from './refusal-log.js';

const MINUTE_MS = 60_000;

function throttlerOptions(
  rates: RatesConfig,
  storage: RateBuckets,
  reflector: Reflector,
  relay: RelayRegistry,
): ThrottlerModuleOptions {
  const { calls: _countedBefore, ...perBucket } = rates;
  const throttlers = Object.entries(perBucket).map(([name, limit]) => ({
    name,
    limit,
    ttl: MINUTE_MS,
    skipIf: (context: ExecutionContext) => bucketOf(context, reflector, relay) !== name,
  }));
  return { throttlers, storage, setHeaders: false };
}

/** A question for a broadcast that has not begun is a call like any other: apps ask again and again. */
function bucketOf(context: ExecutionContext, reflector: Reflector, relay: RelayRegistry): Bucket | undefined {
  const bucket = declaredAccess(reflector, context.getHandler())?.limit;
  if (bucket !== 'joins') return bucket;
  const { masjidId } = callerOf(context.switchToHttp().getRequest<ActingRequest>());
  return masjidId !== undefined && relay.hasBroadcast(masjidId) ? 'joins' : undefined;
}

@Module({ providers: [RateBuckets, RefusalLog], exports: [RateBuckets, RefusalLog] })
class BucketsModule {}

/** Import it after the module whose guard knows who calls: guards stand in the order of their modules. */
@Module({
  imports: [
    BucketsModule,
    ThrottlerModule.forRootAsync({
      imports: [BucketsModule, RelayModule],
      inject: [configToken('rates'), RateBuckets, Reflector, RelayRegistry],
      useFactory: throttlerOptions,
    }),
  ],
  providers: [{ provide: APP_GUARD, useClass: RateLimitGuard }],
  exports: [BucketsModule],
})
export class RatesModule {}
