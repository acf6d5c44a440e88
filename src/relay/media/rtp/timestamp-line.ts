import { randomInt } from 'node:crypto';
import type { SequencePlace } from './sequence-line.js';

/** Opus always counts 48,000 timestamp units a second (RFC 7587, section 4.1). */
const SAMPLES_PER_MS = 48;
/** 2.5 and 120 ms: what one Opus packet can last (RFC 6716, 3.2). */
const MIN_PACKET_SAMPLES = 120;
const MAX_PACKET_SAMPLES = 5_760;
/** How much before its time a packet may come: more than clocks and usual networks differ. */
const TOLERANCE_SAMPLES = 1_000 * SAMPLES_PER_MS;

/** When the sound of a packet is to be heard. */
export interface TimestampPlace {
  /** 32 bits, as RTP carries it. */
  readonly timestamp: number;
  /** Whether it follows from the clock and not from the sender's own timestamp. */
  readonly isAnchor: boolean;
}

/**
 * One timestamp line for all that listeners get. It follows the sender's timestamps as long as they advance as those of
 * sound can. Where they do not, and where another sequence begins, the line is anchored to the clock: it goes on by what
 * passed since the newest packet arrived (2.5 ms a packet at least: it always rises), and follows the sender from there.
 *
 * A timestamp is believed when since the newest packet it advanced by 2.5 ms or more, and by the clock the packet comes at
 * most a second before its time. It may come as late as it likes: what a network held back, or came in one go because the
 * relay was paused, was numbered when it was spoken. The clock is set by the packet that came soonest since the anchor, of
 * those that advanced by at most 120 ms: so neither does an older packet that was held back mislead it, nor do
 * small leaps add up. A sender may pause (DTX, a microphone turned off) for as long as its timestamps pause with it.
 *
 * So one that stands still, goes back or leaps ahead of the clock anchors the line at once. To take a sender for wrong by
 * mistake would cost no sound, as the line goes on with the clock.
 */
export class TimestampLine {
  private sequence = 0;
  private newestIndex = -1;
  private newestIn = 0;
  /** Outgoing, not wrapped. */
  private newestOut = randomInt(2 ** 32);
  private newestAt = 0;
  private anchorIndex = 0;
  private anchorOut = 0;
  /** How far the line is before the clock, in samples, by the packet that set it. */
  private lead = 0;

  /**
   * @param place of a packet with sound, each index once
   * @param nowMs a monotonic clock
   * @returns undefined for a late packet whose timestamp does not lie between the anchor's and the newest one's
   */
  place(place: SequencePlace, timestamp: number, nowMs: number): TimestampPlace | undefined {
    if (place.index < this.newestIndex) return this.late(place.index, timestamp);

    const now = Math.round(nowMs * SAMPLES_PER_MS);
    const packets = place.index - this.newestIndex;
    const step = signed32(timestamp - this.newestIn);
    const isInTime = this.newestOut + step - now <= this.lead + TOLERANCE_SAMPLES;
    const isBelieved = place.sequence === this.sequence && step >= MIN_PACKET_SAMPLES && isInTime;

    this.newestOut += isBelieved ? step : Math.max(packets * MIN_PACKET_SAMPLES, now - this.newestAt);
    this.newestIn = timestamp;
    this.newestIndex = place.index;
    this.newestAt = now;
    this.sequence = place.sequence;
    if (!isBelieved) {
      this.anchorIndex = place.index;
      this.anchorOut = this.newestOut;
      this.lead = this.newestOut - now;
    } else if (step <= MAX_PACKET_SAMPLES) {
      this.lead = Math.max(this.lead, this.newestOut - now);
    }
    return { timestamp: this.newestOut >>> 0, isAnchor: !isBelieved };
  }

  private late(index: number, timestamp: number): TimestampPlace | undefined {
    const out = this.newestOut + signed32(timestamp - this.newestIn);
    const isBetween = index > this.anchorIndex && out > this.anchorOut && out < this.newestOut;
    return isBetween ? { timestamp: out >>> 0, isAnchor: false } : undefined;
  }
}

/** The difference of two 32-bit timestamps, the short way round. */
function signed32(difference: number): number {
  return difference | 0;
}
