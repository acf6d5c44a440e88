import { randomInt } from 'node:crypto';

/** Opus always counts 48,000 timestamp units a second (RFC 7587, section 4.1). */
const CLOCK_UNITS_PER_MS = 48;
/** Steps that no network makes: the sender began a new sequence (RFC 3550, appendix A.1: MAX_DROPOUT, MAX_MISORDER). */
const MAX_FORWARD_STEP = 3_000;
const MAX_BACKWARD_STEP = 100;

/** Where a packet comes from: a later broadcaster of the same broadcast has a higher generation. */
export interface RtpOrigin {
  readonly generation: number;
  readonly ssrc: number;
}

/** The numbers that a packet carries towards listeners. */
export interface ContinuedNumbers {
  readonly sequenceNumber: number;
  readonly timestamp: number;
  /** True on the first packet of another origin: receivers may adjust their playout there. */
  readonly startsSpurt: boolean;
}

/** One origin's packets, as a shift from its own numbers to the outgoing ones. */
interface Spurt {
  readonly origin: RtpOrigin;
  readonly timestampShift: number;
  /** Outgoing number of its first packet, not wrapped: what is older belongs to nobody. */
  readonly firstOut: number;
}

/**
 * Joins the packets of successive senders into one RTP stream with a rising sequence and timestamp, so that a listener
 * never notices that the broadcaster reconnected, was taken over or changed its SSRC. Gaps and reordering inside one
 * sender's packets are kept: receivers need them to conceal losses.
 */
export class RtpContinuity {
  private spurt: Spurt | undefined;
  private newestIn = 0;
  /** What the next packet must be numbered for the sender to have begun a new sequence below the present one. */
  private restartIn: number | undefined;
  /** Outgoing, not wrapped. */
  private newestOut = randomInt(2 ** 16);
  private newestTimestamp = randomInt(2 ** 32);
  private newestAtMs = 0;

  /**
   * @param nowMs a monotonic clock: the timestamps advance by the time in which no sender spoke
   * @returns undefined for a packet of a superseded sender, one older than the present sender's first, or one far too late
   */
  next(origin: RtpOrigin, sequenceNumber: number, timestamp: number, nowMs: number): ContinuedNumbers | undefined {
    const current = this.spurt;
    if (current !== undefined && origin.generation < current.origin.generation) return undefined;

    const step = signed16(sequenceNumber - this.newestIn);
    const isSameOrigin = current !== undefined && sameOrigin(origin, current.origin);
    // One packet may have been on its way for seconds; two in a row are a sequence (RFC 3550, appendix A.1).
    const isFarBack = isSameOrigin && step < -MAX_BACKWARD_STEP && sequenceNumber !== this.restartIn;
    this.restartIn = isFarBack ? (sequenceNumber + 1) & 0xffff : undefined;
    if (isFarBack) return undefined;

    const continues = isSameOrigin && plausible(step);
    const spurt = continues ? current : this.begin(origin, timestamp, nowMs);
    const out = continues ? this.newestOut + step : spurt.firstOut;
    if (out < spurt.firstOut) return undefined;

    const outTimestamp = (timestamp + spurt.timestampShift) >>> 0;
    if (out >= this.newestOut) {
      this.newestIn = sequenceNumber;
      this.newestOut = out;
      this.newestTimestamp = outTimestamp;
      this.newestAtMs = nowMs;
    }
    return { sequenceNumber: out & 0xffff, timestamp: outTimestamp, startsSpurt: !continues };
  }

  private begin(origin: RtpOrigin, timestamp: number, nowMs: number): Spurt {
    const silentMs = this.spurt === undefined ? 0 : Math.max(1, Math.round(nowMs - this.newestAtMs));
    const firstTimestamp = this.newestTimestamp + silentMs * CLOCK_UNITS_PER_MS;
    this.spurt = { origin, timestampShift: firstTimestamp - timestamp, firstOut: this.newestOut + 1 };
    return this.spurt;
  }
}

function sameOrigin(a: RtpOrigin, b: RtpOrigin): boolean {
  return a.generation === b.generation && a.ssrc === b.ssrc;
}

function plausible(step: number): boolean {
  return step <= MAX_FORWARD_STEP && step >= -MAX_BACKWARD_STEP;
}

/** The difference of two 16-bit sequence numbers, the short way round. */
function signed16(difference: number): number {
  return (difference << 16) >> 16;
}
