import { NumberWindow } from './number-window.js';

/** Steps that no network makes: the sender began a new sequence (RFC 3550, appendix A.1: MAX_DROPOUT, MAX_MISORDER). */
const MAX_FORWARD_STEP = 3_000;
const MAX_BACKWARD_STEP = 100;

/** Where a packet comes from: a later broadcaster of the same broadcast has a higher generation. */
export interface RtpOrigin {
  readonly generation: number;
  readonly ssrc: number;
}

/** Where a packet with sound stands among all that listeners get. */
export interface SequencePlace {
  /** Rises from 0 without a wrap; given out once. */
  readonly index: number;
  /** Which of the sequences joined so far the packet belongs to, counted from 1. */
  readonly sequence: number;
}

/**
 * Joins the sequence numbers of successive senders into one. Gaps and reordering inside one sender's sequence are kept:
 * receivers need them to conceal losses. Packets without sound take no number (RFC 6263), so they leave no gap, but for one
 * that comes after its successors: by then its number has been passed over, as that of a lost packet is. Nor do they begin a
 * sequence: whoever does not speak yet takes over from nobody.
 */
export class SequenceLine {
  private origin: RtpOrigin | undefined;
  private newestIn = 0;
  /** What the next packet must be numbered for the sender to have begun a new sequence below the present one. */
  private restartIn: number | undefined;
  private sequence = 0;
  /** Positions count the packets of all sequences, those without sound too, from 0. */
  private newest = -1;
  private firstOfSequence = 0;
  private readonly soundless = new NumberWindow();
  private soundlessCount = 0;
  private readonly given = new NumberWindow();

  /**
   * @param isEmpty whether the packet carries no sound
   * @returns undefined for a packet without sound, of a superseded sender, older than the present sequence, far too late, or
   *   that was here before
   */
  place(origin: RtpOrigin, sequenceNumber: number, isEmpty: boolean): SequencePlace | undefined {
    const position = this.locate(origin, sequenceNumber, isEmpty);
    if (position === undefined) return undefined;
    const isNewest = position > this.newest;
    if (isNewest) {
      this.newest = position;
      this.newestIn = sequenceNumber;
    }
    if (isEmpty) {
      if (isNewest) {
        this.soundless.take(position);
        this.soundlessCount += 1;
      }
      return undefined;
    }
    if (this.soundless.has(position)) return undefined;
    const index = position - this.soundlessUpTo(position);
    return this.given.take(index) ? { index, sequence: this.sequence } : undefined;
  }

  private locate(origin: RtpOrigin, sequenceNumber: number, isEmpty: boolean): number | undefined {
    const current = this.origin;
    if (current !== undefined && origin.generation < current.generation) return undefined;

    const step = signed16(sequenceNumber - this.newestIn);
    const isSameOrigin = current?.generation === origin.generation && current.ssrc === origin.ssrc;
    // One packet may have been on its way for seconds; two in a row are a sequence (RFC 3550, appendix A.1).
    const isFarBack = isSameOrigin && step < -MAX_BACKWARD_STEP && sequenceNumber !== this.restartIn;
    this.restartIn = isFarBack ? (sequenceNumber + 1) & 0xffff : undefined;
    if (isFarBack) return undefined;

    if (isSameOrigin && step <= MAX_FORWARD_STEP && step >= -MAX_BACKWARD_STEP) {
      const position = this.newest + step;
      return position < this.firstOfSequence ? undefined : position;
    }
    if (isEmpty) return undefined;
    this.origin = { generation: origin.generation, ssrc: origin.ssrc };
    this.sequence += 1;
    this.firstOfSequence = this.newest + 1;
    return this.firstOfSequence;
  }

  /** How many packets without sound came in time before a position that is at most `MAX_BACKWARD_STEP` old. */
  private soundlessUpTo(position: number): number {
    let count = this.soundlessCount;
    for (let later = this.newest; later > position; later -= 1) if (this.soundless.has(later)) count -= 1;
    return count;
  }
}

/** The difference of two 16-bit sequence numbers, the short way round. */
function signed16(difference: number): number {
  return (difference << 16) >> 16;
}
