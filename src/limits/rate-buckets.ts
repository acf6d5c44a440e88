import type { ThrottlerStorage } from '@nestjs/throttler';
import { RecentMap } from './recent-map.js';

type ThrottlerRecord = Awaited<ReturnType<ThrottlerStorage['increment']>>;

/** Some 100 bytes each: a few megabytes, however many addresses call. */
const MAX_BUCKETS = 20_000;

/** Whether one more call fits, and if not, when the next one will. */
export interface Take {
  readonly allowed: boolean;
  /** 0 when allowed. */
  readonly retryAfterMs: number;
  /** Calls that count at this moment, this one included when it is allowed. */
  readonly used: number;
}

/**
 * Buckets that hold `limit` calls and refill evenly within a period, each in one number: the time when it is full again
 * (the generic cell rate algorithm, ITU-T I.371). A caller beyond the limit goes on at the refill rate instead of waiting
 * for the end of a period, so that a crowd is slowed down and never stands still. Refused calls cost nothing.
 *
 * When there are more than {@link MAX_BUCKETS}, the one that was used longest ago is forgotten, and so is full again.
 */
export class RateBuckets implements ThrottlerStorage {
  private readonly fullAtMs = new RecentMap<string, number>(MAX_BUCKETS);

  constructor(private readonly nowMs: () => number = () => performance.now()) {}

  get size(): number {
    return this.fullAtMs.size;
  }

  take(key: string, limit: number, periodMs: number): Take {
    const now = this.nowMs();
    const costMs = periodMs / limit;
    const fullAt = Math.max(this.fullAtMs.get(key) ?? now, now) + costMs;
    const overMs = fullAt - now - periodMs;
    // Sums of fractions miss the last call of a full bucket by less than this.
    const allowed = overMs <= costMs / 1_000;
    if (allowed) this.fullAtMs.set(key, fullAt);
    const used = Math.round((fullAt - now) / costMs) - (allowed ? 0 : 1);
    return { allowed, retryAfterMs: allowed ? 0 : overMs, used };
  }

  /** What `@nestjs/throttler` asks of its storage; times come in milliseconds and go out in seconds. */
  increment(key: string, ttl: number, limit: number): Promise<ThrottlerRecord> {
    const { allowed, retryAfterMs, used } = this.take(key, limit, ttl);
    return Promise.resolve({
      totalHits: used,
      timeToExpire: Math.ceil((used * ttl) / limit / 1_000),
      isBlocked: !allowed,
      timeToBlockExpire: Math.ceil(retryAfterMs / 1_000),
    });
  }
}
