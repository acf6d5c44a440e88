const HALF_RANGE = 0x8000;
const FULL_RANGE = 0x10000;
const HISTORY = 32;

export interface SequenceCounts {
  readonly received: number;
  /** Numbers between the first and the highest that never came. */
  readonly lost: number;
  /** Packets that came a second time. */
  readonly duplicates: number;
}

/** Extends 16-bit RTP sequence numbers over their wrap-arounds (RFC 3550, A.1). */
export class SequenceExtender {
  private highest = -1;

  extend(sequence: number): number {
    if (this.highest < 0) return (this.highest = sequence);
    let step = (sequence - this.highest) & (FULL_RANGE - 1);
    if (step >= HALF_RANGE) step -= FULL_RANGE;
    const extended = this.highest + step;
    if (step > 0) this.highest = extended;
    return extended;
  }
}

/** Counts what came and what is missing from rising packet numbers; late packets fill their gap. */
export class SequenceTracker {
  private highest = -1;
  private base = -1;
  private received = 0;
  private duplicates = 0;
  /** Bit `i` is set when `highest - i` has come. */
  private history = 0;

  /** Begins a new window: what came before is forgotten, the next number expected is not. */
  mark(): void {
    this.base = this.highest;
    this.received = 0;
    this.duplicates = 0;
  }

  add(number: number): void {
    if (this.highest < 0) {
      this.highest = number;
      this.base = number - 1;
      this.history = 1;
      this.received = 1;
      return;
    }
    const step = number - this.highest;
    if (step > 0) {
      this.history = step >= HISTORY ? 1 : (this.history << step) | 1;
      this.highest = number;
    } else if (-step < HISTORY) {
      const bit = 1 << -step;
      if (this.history & bit) {
        this.duplicates++;
        return;
      }
      this.history |= bit;
    }
    if (number > this.base) this.received++;
  }

  counts(): SequenceCounts {
    const lost = Math.max(0, this.highest - this.base - this.received);
    return { received: this.received, lost, duplicates: this.duplicates };
  }
}
