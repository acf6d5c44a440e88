import { Inject, Injectable, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import {
  ThrottlerGuard,
  getOptionsToken,
  getStorageToken,
  type ThrottlerLimitDetail,
  type ThrottlerModuleOptions,
  type ThrottlerStorage,
} from '@nestjs/throttler';
import { addressKey } from '../caller/address-key.js';
import { callerOf, type ActingRequest } from '../caller/caller.js';
import { AppError } from '../errors/app-error.js';
import { RefusalLog } from './refusal-log.js';

/** Refuses calls beyond what one address may make of their kind; stands behind the guard that knows who calls. */
@Injectable()
export class RateLimitGuard extends ThrottlerGuard {
  constructor(
    @Inject(getOptionsToken()) options: ThrottlerModuleOptions,
    @Inject(getStorageToken()) storage: ThrottlerStorage,
    reflector: Reflector,
    private readonly log: RefusalLog,
  ) {
    super(options, storage, reflector);
  }

  protected override getTracker(request: ActingRequest): Promise<string> {
    return Promise.resolve(addressKey(request.ip));
  }

  protected override generateKey(context: ExecutionContext, address: string, bucket: string): string {
    if (bucket !== 'broadcasts') return `${bucket} ${address}`;
    // Many masjids share the address of a carrier, and all begin in the same minute. The token named this one.
    const { masjidId = '' } = callerOf(context.switchToHttp().getRequest<ActingRequest>());
    return `${bucket} ${address} ${masjidId}`;
  }

  protected override throwThrottlingException(context: ExecutionContext, detail: ThrottlerLimitDetail): Promise<void> {
    const request = context.switchToHttp().getRequest<ActingRequest>();
    const [limit = ''] = detail.key.split(' ');
    const { userAgent, masjidId } = callerOf(request);
    this.log.limitReached(detail.key, { limit, address: detail.tracker, userAgent, masjidId });
    const text = `This address may make ${detail.limit} calls of this kind a minute.`;
    throw new AppError('rate_limited', text, detail.timeToBlockExpire);
  }
}
