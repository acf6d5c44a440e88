import { SequenceLine, type RtpOrigin } from './sequence-line.js';
import { TimestampLine } from './timestamp-line.js';

/** The numbers that a packet has among all that the listeners of a broadcast get. */
export interface ContinuedNumbers {
  /** Rises from 0 without a wrap; each one is given out once. Listeners make their own sequence numbers of it. */
  readonly index: number;
  /** 32 bits, rising with the index. */
  readonly timestamp: number;
  /** True where the timestamps of another sequence or of a clock begin: receivers may adjust their playout there. */
  readonly startsSpurt: boolean;
}

/**
 * Joins the packets of successive senders into one RTP stream with a rising sequence and timestamp, so that a listener
 * never notices that the broadcaster reconnected, was taken over, changed its SSRC or set its clock.
 */
export class RtpContinuity {
  private readonly sequence = new SequenceLine();
  private readonly timestamps = new TimestampLine();

  /**
   * @param nowMs a monotonic clock: the timestamps advance by the time in which no sender spoke
   * @param isEmpty whether the packet carries no sound: it closes the gap that its number would leave
   * @returns undefined for a packet that nobody is to get: one without sound, of a superseded sender, older than the
   *   present sender's first, far too late, or a duplicate
   */
  next(
    origin: RtpOrigin,
    sequenceNumber: number,
    timestamp: number,
    nowMs: number,
    isEmpty: boolean,
  ): ContinuedNumbers | undefined {
    const place = this.sequence.place(origin, sequenceNumber, isEmpty);
    if (place === undefined) return undefined;
    const time = this.timestamps.place(place, timestamp, nowMs);
    if (time === undefined) return undefined;
    return { index: place.index, timestamp: time.timestamp, startsSpurt: time.isAnchor };
  }
}
