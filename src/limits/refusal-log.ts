import { Injectable, Logger } from '@nestjs/common';
import { RateBuckets } from './rate-buckets.js';

const ONCE_A_MINUTE_MS = 60_000;

/** What is told of a caller that was refused. */
interface RefusedCaller {
  readonly address: string;
  readonly userAgent: string | undefined;
  /** The broadcast that it asked for, where it named one. */
  readonly masjidId?: string | undefined;
}

/** Tells of callers that are refused, once a minute each: a line for every refused call would be a flood of its own. */
@Injectable()
export class RefusalLog {
  private readonly logger = new Logger('Limits');
  private readonly lines = new RateBuckets();

  /** @param key of the bucket that is empty */
  limitReached(key: string, line: RefusedCaller & { readonly limit: string }): void {
    this.tell('rate limit reached', key, line);
  }

  /** @param key of the ban */
  bannedCall(key: string, line: RefusedCaller & { readonly fault: string }): void {
    this.tell('banned client refused', key, line);
  }

  private tell(msg: string, key: string, line: RefusedCaller): void {
    if (this.lines.take(`${msg} ${key}`, 1, ONCE_A_MINUTE_MS).allowed) this.logger.warn({ ...line, msg });
  }
}
