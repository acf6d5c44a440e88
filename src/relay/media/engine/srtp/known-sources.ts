import { ReplayWindow } from './replay-window.js';

const LIVE_SOURCES = 4;
const GONE_SOURCES = 64;

/**
 * The replay windows of one key by SSRC, four at most. A fifth takes the place of the one that was silent for longest, which
 * stays refused from then on: with its window forgotten, anyone who recorded its packets could send them again. After 64 of
 * those no other SSRC is taken. Only packets that authenticate get here, so that a peer can do this to itself alone.
 */
export class KnownSources {
  /** In the order in which they were heard, the newest last. */
  private readonly live = new Map<number, ReplayWindow>();
  private readonly gone = new Set<number>();

  /** The highest index that was heard; -1 for an SSRC that was not heard yet. */
  newestOf(ssrc: number): number {
    return this.live.get(ssrc)?.newest ?? -1;
  }

  /** Whether a packet is worth opening: of a source that may be heard, and not there before. */
  admits(ssrc: number, index: number): boolean {
    const window = this.live.get(ssrc);
    if (window !== undefined) return window.isNew(index);
    return !this.gone.has(ssrc) && (this.live.size < LIVE_SOURCES || this.gone.size < GONE_SOURCES);
  }

  /** An authentic packet that was admitted. */
  heard(ssrc: number, index: number): void {
    const window = this.live.get(ssrc) ?? new ReplayWindow();
    window.add(index);
    this.live.delete(ssrc);
    this.live.set(ssrc, window);
    const [oldest] = this.live.keys();
    if (this.live.size <= LIVE_SOURCES || oldest === undefined) return;
    this.live.delete(oldest);
    this.gone.add(oldest);
  }
}
