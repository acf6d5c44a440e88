import { Injectable, Logger } from '@nestjs/common';
import { RateBuckets } from './rate-buckets.js';

const ONCE_A_MINUTE_MS = 60_000;

/** Tells of addresses that reach a limit, once a minute each: a line for every refused call would be a flood of its own. */
@Injectable()
export class RefusalLog {
  private readonly logger = new Logger('Limits');
  private readonly lines = new RateBuckets();

  reached(limit: string, address: string, userAgent: string | undefined): void {
    if (!this.lines.take(`${limit} ${address}`, 1, ONCE_A_MINUTE_MS).allowed) return;
    this.logger.warn({ limit, address, userAgent, msg: 'rate limit reached' });
  }
}
