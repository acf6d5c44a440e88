/** RFC 3711 section 3.3.2 asks for 64 at least. */
export const REPLAY_WINDOW = 128;
const WORD_BITS = 32;

/** Which of the newest 128 indices were there already. Older ones count as such. */
export class ReplayWindow {
  /** One bit an index, in a ring. */
  private readonly seen = new Uint32Array(REPLAY_WINDOW / WORD_BITS);
  private highest = -1;

  /** -1 before the first. */
  get newest(): number {
    return this.highest;
  }

  isNew(index: number): boolean {
    if (index > this.highest) return true;
    if (this.highest - index >= REPLAY_WINDOW) return false;
    return ((this.seen[wordOf(index)] ?? 0) & maskOf(index)) === 0;
  }

  /** Of an index that is new. */
  add(index: number): void {
    if (index - this.highest >= REPLAY_WINDOW) this.seen.fill(0);
    else for (let skipped = this.highest + 1; skipped < index; skipped += 1) this.forget(skipped);
    this.seen[wordOf(index)] = (this.seen[wordOf(index)] ?? 0) | maskOf(index);
    if (index > this.highest) this.highest = index;
  }

  private forget(index: number): void {
    this.seen[wordOf(index)] = (this.seen[wordOf(index)] ?? 0) & ~maskOf(index);
  }
}

function wordOf(index: number): number {
  return Math.floor((index % REPLAY_WINDOW) / WORD_BITS);
}

function maskOf(index: number): number {
  return 1 << (index % WORD_BITS);
}
