/** More than a packet may come too late by, so that what is forgotten is never asked for. */
const WINDOW = 128;

/** Which of the newest 128 rising numbers were taken. Numbers are integers from 0, without a wrap. */
export class NumberWindow {
  private readonly slots = new Float64Array(WINDOW).fill(-1);
  private newest = -1;

  /** @returns false when the number was taken before, or is too old to know */
  take(number: number): boolean {
    if (number <= this.newest - WINDOW || this.has(number)) return false;
    this.slots[number % WINDOW] = number;
    if (number > this.newest) this.newest = number;
    return true;
  }

  /** Whether the number was taken; false also for one that was forgotten. */
  has(number: number): boolean {
    return this.slots[number % WINDOW] === number;
  }
}
