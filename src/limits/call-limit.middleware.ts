import { Injectable, type NestMiddleware } from '@nestjs/common';
import type { NextFunction, Response } from 'express';
import { addressKey } from '../caller/address-key.js';
import { callerOf, type ActingRequest } from '../caller/caller.js';
import type { RatesConfig } from '../config/app-config.js';
import { InjectConfig } from '../config/config.module.js';
import { AppError } from '../errors/app-error.js';
import { RateBuckets } from './rate-buckets.js';
import { RefusalLog } from './refusal-log.js';

const MINUTE_MS = 60_000;

/** Counts every call of an address before its body is read, so that a flood costs as little as can be. */
@Injectable()
export class CallLimitMiddleware implements NestMiddleware {
  constructor(
    @InjectConfig('rates') private readonly rates: RatesConfig,
    private readonly buckets: RateBuckets,
    private readonly log: RefusalLog,
  ) {}

  use(request: ActingRequest, _response: Response, next: NextFunction): void {
    const { address, userAgent } = callerOf(request);
    const key = addressKey(address);
    const bucket = `calls ${key}`;
    const { allowed, retryAfterMs } = this.buckets.take(bucket, this.rates.calls, MINUTE_MS);
    if (allowed) {
      next();
      return;
    }
    this.log.limitReached(bucket, { limit: 'calls', address: key, userAgent });
    const detail = `This address made more than ${this.rates.calls} calls a minute.`;
    next(new AppError('rate_limited', detail, Math.ceil(retryAfterMs / 1_000)));
  }
}
